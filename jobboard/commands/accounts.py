"""`jobboard account …`: inviting (the first administrator too), ending and listing staff accounts."""

import click

from jobboard.base.clock import japan_date, present
from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import AccountRole, FactorLoss
from jobboard.commands import persons
from jobboard.commands.help import JapaneseGroup
from jobboard.commands.opening import configuration, reading, stop, writing
from jobboard.domain import account_letters, accounts, factors, inviting, links, notices
from jobboard.domain.lettering import PATHS
from jobboard.models import Account, Membership

_NAME = click.option("--name", metavar="NAME", default="", help="氏名。同じアドレスを何人かで使っているときに指定する")
ROLES = [str(role) for role in AccountRole]
_ENDING = {
    "deactivated": "このアカウントはすでに停止しています。",
    "last_administrator": "最後の管理者は停止できません。先にほかの管理者を招待してください。",
}


@click.group(cls=JapaneseGroup)
def account() -> None:
    """職員のアカウントを招待する、停止する、一覧にする。"""


@account.command()
@click.argument("email")
@click.option(
    "--role", required=True, type=click.Choice(ROLES), metavar="ROLE", help=f"役割({'、'.join(ROLES)})"
)
@click.option("--municipality", metavar="CODE", default="", help="editor のとき: 市区町村のコード(6桁)か名前")
@click.option("--prefecture", metavar="PP", default="", help="prefecture のとき: 都道府県のコード(2桁)")
@_NAME
def invite(email: str, role: str, municipality: str, prefecture: str, name: str) -> None:
    """EMAIL の人を招待する。招待のメールを送り、同じリンクをここにも一度だけ表示する。"""
    config, now = configuration(), present()
    with writing(config) as session:
        try:
            asked = inviting.read(session, address=email, role=role, place=municipality, pref_code=prefecture)
            invited = accounts.invite(
                session, asked.address, asked.role, name=name, municipality=asked.municipality, pref_code=asked.pref_code,
                by=None, now=now,
            )  # fmt: skip
        except accounts.Several as several:
            persons.unclear(email, several)
        except Incomplete as gaps:
            stop("".join(problem.message for problem in gaps.problems))
        if invited.activated_at is not None:
            click.echo(f"{invited.email} はすでに利用しているので、役割を加えました。")
            return
        notices.invitation(session, invited, base_url=config.base_url, site=config.site_name, now=now)
        token = links.issue(session, config.token_key, "invite", invited.id, invited.link_generation, now=now)
    click.echo(f"{invited.email} を{asked.role.label}として招待しました。リンクは7日間有効です。")
    click.echo(config.base_url + PATHS["invite"].format(token))


@account.command()
@click.argument("email")
@_NAME
def deactivate(email: str, name: str) -> None:
    """EMAIL のアカウントを停止する。本人のログインは、すぐに切れる。"""
    with writing(configuration()) as session:
        found = persons.find(session, email, name)
        try:
            accounts.deactivate(session, found, by=None, now=present())
        except WrongState as refused:
            stop(_ENDING[refused.state])
    click.echo(f"{_named(found)} を停止しました。")


@account.command("reset")
@click.argument("email")
@click.option(
    "--reason", required=True, type=click.Choice([str(loss) for loss in FactorLoss]), metavar="REASON",
    help=f"理由({'、'.join(f'{loss} {loss.label}' for loss in FactorLoss)})",
)  # fmt: skip
@_NAME
def reset_factor(email: str, reason: str, name: str) -> None:
    """EMAIL の2つめの確認を解除する。画面で解除できる管理者がいないときのため。本人にメールで知らせる。"""
    config, now = configuration(), present()
    with writing(config) as session:
        found = persons.find(session, email, name)
        try:
            loss = factors.reset(session, found, reason, by=None, now=now)
        except WrongState:
            stop(f"{_named(found)} は、2つめの確認をまだ登録していません。")
        account_letters.factor_reset(session, found, loss, base_url=config.base_url, site=config.site_name, now=now)
    click.echo(f"{_named(found)} の2つめの確認を解除しました。次のログインで、登録し直す画面になります。")


@account.command("list")
def list_accounts() -> None:
    """アカウントを一覧にする: アドレス、氏名、状態、役割。"""
    with reading(configuration()) as session:
        found = accounts.listed(session)
        for one in found:
            roles = "、".join(_role(membership) for membership in one.memberships)
            click.echo(f"{one.email}\t{one.name or '―'}\t{_state(one)}\t{roles}")
    click.echo(f"{len(found)}件", err=True)


def _named(one: Account) -> str:
    return f"{one.email}({one.name})" if one.name else one.email


def _role(membership: Membership) -> str:
    place = membership.municipality_code or PREFECTURES.get(membership.pref_code or "", "")
    return f"{membership.role.label}({place})" if place else membership.role.label


def _state(one: Account) -> str:
    if one.deactivated_at is not None:
        return f"停止 {japan_date(one.deactivated_at)}"
    if one.activated_at is None:
        return "招待中"
    return f"最終ログイン {japan_date(one.last_signed_in_at)}" if one.last_signed_in_at else "利用中"


COMMANDS = (account,)
