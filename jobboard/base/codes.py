"""全国地方公共団体コード and the prefectures (総務省, 全国地方公共団体コード)."""

import re

PREFECTURES: dict[str, str] = {
    "01": "北海道", "02": "青森県", "03": "岩手県", "04": "宮城県", "05": "秋田県",
    "06": "山形県", "07": "福島県", "08": "茨城県", "09": "栃木県", "10": "群馬県",
    "11": "埼玉県", "12": "千葉県", "13": "東京都", "14": "神奈川県", "15": "新潟県",
    "16": "富山県", "17": "石川県", "18": "福井県", "19": "山梨県", "20": "長野県",
    "21": "岐阜県", "22": "静岡県", "23": "愛知県", "24": "三重県", "25": "滋賀県",
    "26": "京都府", "27": "大阪府", "28": "兵庫県", "29": "奈良県", "30": "和歌山県",
    "31": "鳥取県", "32": "島根県", "33": "岡山県", "34": "広島県", "35": "山口県",
    "36": "徳島県", "37": "香川県", "38": "愛媛県", "39": "高知県", "40": "福岡県",
    "41": "佐賀県", "42": "長崎県", "43": "熊本県", "44": "大分県", "45": "宮崎県",
    "46": "鹿児島県", "47": "沖縄県",
}
"""Two-digit code (JIS X 0401) to name."""


def check_digit(first_five: str) -> str:
    """The sixth digit of a code: (11 - s mod 11) mod 10 with s = 6a + 5b + 4c + 3d + 2e."""
    total = sum(int(digit) * weight for digit, weight in zip(first_five, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def code_holds(code: str) -> bool:
    """Whether ``code`` is six ASCII digits of a prefecture that exists, the check digit included."""
    return bool(re.fullmatch(r"[0-9]{6}", code)) and code[:2] in PREFECTURES and check_digit(code[:5]) == code[5]
