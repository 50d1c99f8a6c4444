"""`jobboard audit`: says in Japanese what is wrong and where, with the exit code; and the audit as a file."""

import json
import re
from pathlib import Path

from sqlalchemy import text

from jobboard import heads
from jobboard.commands import opening
from jobboard.domain import audit, sealing
from tests.cast import OPENING
from tests.test_cli import Say, environ, say

__all__ = ["environ", "say"]


def fill(count: int) -> None:
    with opening.writing(opening.configuration()) as session:
        for number in range(count):
            audit.record(session, "posting:save", "posting", number, by=None, now=OPENING, revision=number)


def run(statement: str) -> None:
    with opening.writing(opening.configuration()) as session:
        session.execute(text(statement))


def test_verify_says_what_was_altered_and_where_and_fails(say: Say) -> None:
    fill(4)
    before = say("audit", "verify")
    assert (before.code, "まだ封をしていない記録 4" in before.out) == (0, True)
    assert "封をした記録 4件" in say("seal").out
    sound = say("audit", "verify")
    assert (sound.code, sound.err) == (0, "")
    assert "良好  監査記録" in say("check").out
    assert "調べた封 4、合わない場所 0、まだ封をしていない記録 0" in sound.out
    head = re.search(r"最後の封 (4:[0-9a-f]{64})\n", sound.out)
    assert head
    run("UPDATE audit_entry SET facts = '{\"revision\": 9}' WHERE id = 3")
    broken = say("audit", "verify")
    assert broken.code == 1
    assert "異常  封の番号 3、記録 3: 記録の内容か封が書き換えられています" in broken.out
    say("seal")
    assert "異常  監査記録: 封と合わないところがあります" in say("check").out
    assert "合わない場所 1" in broken.out and "docs/operations.md" in broken.err
    run("DELETE FROM audit_seal")
    heads.file_of(opening.configuration()).unlink()
    say("seal")
    assert say("audit", "verify").code == 0
    rewritten = say("audit", "verify", "--head", head[1])
    assert rewritten.code == 1
    assert "異常  封の番号 4: 控えの値がありません" in rewritten.out
    assert say("audit", "verify", "--head", "nonsense").code == 2


def test_a_tail_that_was_cut_is_found_by_the_heads_that_the_worker_kept(say: Say) -> None:
    assert "まだ最後までは調べていません" in say("check").out
    fill(3)
    say("seal")
    fill(2)
    say("seal")
    assert "に最後まで調べ、合っていました" in say("check").out
    sound = say("audit", "verify")
    assert sound.code == 0 and "サーバーに残した封の控え 2" in sound.out
    run("DELETE FROM audit_seal WHERE number > 3")
    run("DELETE FROM audit_entry WHERE id > 3")
    for others in (0, 4):  # also when the chain has grown over the gap
        fill(others)
        cut = say("audit", "verify")
        assert cut.code == 1 and "異常  封の番号 5: サーバーに残した封の控えと合いません" in cut.out
        assert "異常  監査記録" in say("check").out
        assert "確かめること 1件" in say("seal").out or others
    heads.put_aside(heads.file_of(opening.configuration()), now=OPENING)
    assert say("audit", "verify").code == 0


def test_many_breaches_are_counted_and_the_first_are_told(say: Say) -> None:
    fill(130)
    say("seal")
    run("UPDATE audit_entry SET subject_kind = 'hold'")
    said = say("audit", "verify")
    assert said.out.count("書き換えられています") == 100
    assert "異常  ほかに30か所" in said.out and "合わない場所 130" in said.out


def test_export_writes_lines_from_which_the_chain_can_be_computed_again(say: Say, tmp_path: Path) -> None:
    fill(3)
    say("seal")
    file = tmp_path / "audit.jsonl"
    assert say("audit", "export", str(file), "--format", "jsonl").code == 0
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [row["subject_id"] for row in rows] == ["0", "1", "2"]
    before = sealing.BEGINNING
    for row in rows:
        seal, entry = row.pop("seal"), {name: value for name, value in row.items() if name != "name"}
        assert seal["digest"] == sealing.digest(before, seal["number"], entry, seal["sealed_at"])
        before = seal["digest"]
    table = tmp_path / "audit.csv"
    assert say("audit", "export", str(table), "--subject", "1").code == 0
    assert len(table.read_text("utf-8-sig").splitlines()) == 2
    refused = say("audit", "export", str(table), "--since", "きのう")
    assert (refused.code, "--since: 日付を" in refused.err) == (1, True)
