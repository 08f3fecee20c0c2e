"""All simulated providers together."""

from channels.registry import SIMULATED_APPID, SIMULATED_KEY_ID, SIMULATED_SECRET
from channels.simulators.aliyun import AliyunSimulator
from channels.simulators.callbacks import Callbacks
from channels.simulators.request import Call, Reply, Routes
from channels.simulators.smtp import MailServer
from channels.simulators.tencent import TencentSimulator
from channels.simulators.wechat import WeChatSimulator
from channels.simulators.wechat_mass import WeChatMass
from channels.simulators.wechat_messages import WeChatMessages
from channels.simulators.wechat_service import WeChatService
from channels.simulators.world import World


class Providers:
    """One account at each provider, in one world. `link_prefix` is what our registered SMS texts hold."""

    def __init__(self, link_prefix: str = "http://127.0.0.1:8000/s/", world: World | None = None) -> None:
        self.world = world or World()
        self.wechat = WeChatSimulator(self.world, SIMULATED_APPID, SIMULATED_SECRET)
        self.messages = WeChatMessages(self.wechat)
        self.mass = WeChatMass(self.wechat)
        self.service = WeChatService(self.wechat)
        self.aliyun = AliyunSimulator(self.world, SIMULATED_KEY_ID, SIMULATED_SECRET, link_prefix)
        self.tencent = TencentSimulator(self.world, SIMULATED_KEY_ID, SIMULATED_SECRET, link_prefix)
        self.mail = MailServer(self.world)
        self.callbacks = Callbacks(self.world, SIMULATED_APPID)
        self.world.listeners.append(self.callbacks.accepted)

    def reset(self) -> None:
        """As on the first day."""
        self.world.reset()
        self.wechat.reset()
        self.messages.reset()
        self.mass.reset()
        self.service.reset()
        self.aliyun.reset()
        self.tencent.reset()
        self.mail.reset()
        self.callbacks.reset()

    def routes(self) -> Routes:
        """Every endpoint by method and path."""
        parts = (self.wechat, self.messages, self.mass, self.service)
        routes: Routes = {address: act for part in parts for address, act in part.routes().items()}
        return {**routes, ("POST", "/"): self._sms}

    def _sms(self, call: Call) -> Reply:
        """Both SMS providers answer at `/` and are told apart by the header that names the action."""
        return self.tencent.handle(call) if "x-tc-action" in call.headers else self.aliyun.handle(call)
