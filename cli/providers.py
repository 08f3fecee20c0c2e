"""`zhida channels`: what an operator registers with the providers, the account's menu, a QR code to follow it."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import opened, read_settings
from cli.output import console

app = typer.Typer(help="渠道：报备内容、公众号菜单与二维码", no_args_is_help=True, rich_markup_mode=None)

DAYS = 30


@app.callback()
def group() -> None:
    """渠道：报备内容、公众号菜单与二维码。"""


@app.command()
def sheet() -> None:
    """按当前设置列出要向服务商报备的短信文字、微信模板字段和要填写的回调地址。"""
    from channels.imprint import imprint_of
    from channels.registration import write_sheet
    from workers.rewording import overrides_at

    settings = read_settings()
    with opened(settings) as runtime, runtime.sessions() as session:
        overrides = overrides_at(session, runtime.clock())
    secret = settings.hook_secret.get_secret_value()
    typer.echo(write_sheet(imprint_of(settings), settings.public_url, secret, overrides), nl=False)


@app.command()
def menu() -> None:
    """把公众号菜单设为：订阅政策、查政策、我的。已经如此就不动。"""
    from channels.registry import make_account
    from channels.wechat.service import Button, publish_menu

    settings = read_settings()
    base = settings.public_url.rstrip("/")
    buttons = [
        Button("订阅政策", url=f"{base}/subscribe"),
        Button("查政策", url=f"{base}/policies"),
        Button("我的", url=f"{base}/mine"),
    ]
    with opened(settings) as runtime:
        account = make_account(settings, runtime.redis)
        try:
            changed = publish_menu(account, buttons)
        finally:
            account.close()
    console.print("菜单已更新" if changed else "菜单已经是这样，没有改动")


@app.command()
def qr(
    scene: Annotated[str, typer.Argument(help="来源标记，1 到 64 个字符，如“大厅海报”")],
) -> None:
    """做一个关注二维码（30 天有效），打印图片地址。"""
    from channels.registry import make_account
    from channels.wechat.service import make_qr
    from core.errors import UsageError

    if not 1 <= len(scene) <= 64:
        raise UsageError("来源标记要有 1 到 64 个字符")
    settings = read_settings()
    with opened(settings) as runtime:
        account = make_account(settings, runtime.redis)
        try:
            code = make_qr(account, scene, DAYS * 86_400)
        finally:
            account.close()
    typer.echo(code.image_url)
