"""`zhida channels`: run as a process of its own, against the simulators."""

from channels.simulators.serve import RunningSimulators
from tests.cli.conftest import Zhida


def test_the_sheet_has_the_address_of_this_installation(zhida: Zhida, database_url: str, redis_url: str) -> None:
    servers = {"ZHIDA_DATABASE_URL": database_url, "ZHIDA_REDIS_URL": redis_url}
    made = zhida("channels", "sheet", ZHIDA_PUBLIC_URL="https://zc.example.cn", ZHIDA_HOOK_SECRET="s3cret", **servers)
    assert (made.returncode, made.stderr) == (0, "")
    assert "《${title}》" in made.stdout
    assert "https://zc.example.cn/s/{4} " in made.stdout
    assert "https://zc.example.cn/hooks/aliyun/s3cret/report" in made.stdout


def test_menu_and_code(zhida: Zhida, database_url: str, redis_url: str) -> None:
    servers = {"ZHIDA_DATABASE_URL": database_url, "ZHIDA_REDIS_URL": redis_url}
    with RunningSimulators() as simulators:
        servers["ZHIDA_SIMULATOR_PORT"] = str(simulators.port)
        assert [zhida("channels", "menu", **servers).stdout.strip() for _ in range(2)] == [
            "菜单已更新",
            "菜单已经是这样，没有改动",
        ]
        menu = simulators.providers.service.menu
        code = zhida("channels", "qr", "大厅海报", **servers)
        assert code.stdout.startswith("https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=")
        assert list(simulators.providers.service.scenes.values()) == ["大厅海报"]
    assert menu is not None
    assert [button["url"].rsplit("/", 1)[-1] for button in menu["button"]] == ["subscribe", "policies", "mine"]
    assert zhida("channels", "qr", "", **servers).returncode == 2
    away = zhida("channels", "menu", **servers)
    assert (away.returncode, "微信接口出错" in away.stderr, "Traceback" in away.stderr) == (1, True, False)
