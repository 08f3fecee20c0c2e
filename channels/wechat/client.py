"""wechatpy's client made safe for many workers: one token refresh for all, bounded tries, no secrets in errors."""

from typing import Any, cast

import requests
from redis import Redis, RedisError
from requests.adapters import HTTPAdapter
from wechatpy.client import WeChatClient
from wechatpy.exceptions import WeChatClientException
from wechatpy.session.redisstorage import RedisStorage

from channels.network import classify_failure, classify_status
from channels.outcome import OutcomeClass
from channels.quiet import silence_wire_logs
from channels.redact import redact
from channels.wechat.codes import classify
from core.errors import ZhidaError

OFFICIAL = "https://api.weixin.qq.com"
TIMEOUT = (3.05, 10.0)
_LOCK_LIFE, _LOCK_WAIT = 30, 25
_EARLY = 300
"""Seconds before its end at which we let a token go; WeChat renews five minutes early."""
_FORCE_PAUSE = 60
_STUCK_PAUSE = 30


class WeChatError(ZhidaError):
    """WeChat refused a call or could not be reached. Holds no request, response or token, so it may be logged."""

    def __init__(self, cls: OutcomeClass, code: str, detail: str, known_id: str = "") -> None:
        super().__init__(f"微信接口出错（{code}）：{detail}")
        self.cls = cls
        self.code = code
        self.detail = detail
        self.known_id = known_id
        """With a DUP: the id of the message or job that WeChat has already."""

    def __reduce__(self) -> tuple[type["WeChatError"], tuple[OutcomeClass, str, str, str]]:
        return type(self), (self.cls, self.code, self.detail, self.known_id)


class ServiceAccount(WeChatClient):  # type: ignore[misc]  # wechatpy has no type hints
    """One 服务号. Safe for threads and processes that share `redis`; the token in Redis is the only truth.

    Every call raises WeChatError and nothing else. `base_url` points to WeChat or to a simulator.
    """

    def __init__(self, appid: str, secret: str, redis: "Redis", base_url: str = OFFICIAL) -> None:
        silence_wire_logs()
        self._base = base_url.rstrip("/")
        self.API_BASE_URL = self._base + "/cgi-bin/"
        self._redis = redis
        super().__init__(appid, secret, session=RedisStorage(redis, prefix="wx"), timeout=TIMEOUT, auto_retry=False)
        self._http.mount(self._base, HTTPAdapter(pool_connections=1, pool_maxsize=64))
        # Proxies are looked up once instead of in the environment at every request.
        self._http.proxies = requests.utils.get_environ_proxies(self._base)
        self._http.trust_env = False

    @property
    def access_token(self) -> str:
        """The token in use. wechatpy looks at properties before `session` exists: hence the AttributeError."""
        if "session" not in self.__dict__:
            raise AttributeError("session")
        return self._known_token() or self._refresh(None)

    def fetch_access_token(self) -> dict[str, Any]:
        """wechatpy's own way in; ends in the same refresh."""
        return {"access_token": self._refresh(None), "expires_in": 0}

    def sign_in(self, code: str) -> str:
        """The openid of a person who came back from WeChat's sign-in page with `code` (once, within five minutes)."""
        # The secret is part of this address; errors of `requests` would show it and are replaced by ours.
        query = {"appid": self.appid, "secret": self.secret, "code": code, "grant_type": "authorization_code"}
        try:
            reply = self._http.get(f"{self._base}/sns/oauth2/access_token", params=query, timeout=self.timeout)
            answer = reply.json() if reply.ok else {}
        except requests.JSONDecodeError:
            answer = {}
        except requests.RequestException as error:
            raise _not_reached(error, "登录") from None
        return str(_checked(answer, reply, "openid")["openid"])

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def _known_token(self) -> str | None:
        try:
            return cast("str | None", self.session.get(self.access_token_key))
        except RedisError as error:
            raise _no_store(error) from None

    def _refresh(self, bad: str | None) -> str:
        """A token other than `bad`, asked for once however many threads and processes ask at this moment."""
        name = f"wx:{self.appid}:token-lock"
        try:
            with self._redis.lock(name, timeout=_LOCK_LIFE, blocking_timeout=_LOCK_WAIT, sleep=0.02):
                current = self._known_token()
                if current and current != bad:
                    return current  # another worker was faster
                return self._renew(bad)
        except RedisError as error:
            raise _no_store(error) from None

    def _renew(self, bad: str | None) -> str:
        stuck = f"wx:{self.appid}:token-stuck"
        if bad and self.session.get(stuck) == bad:
            raise WeChatError(
                OutcomeClass.CONFIG, "token", "刷新后的令牌仍被拒绝，请核对 AppID、AppSecret 和 IP 白名单"
            )
        answer = self._stable_token(force=False)
        # Forced refresh kills the old token: at most 20 a day and 30 seconds apart.
        if answer["access_token"] == bad and self._redis.set(
            f"wx:{self.appid}:token-forced", 1, nx=True, ex=_FORCE_PAUSE
        ):
            answer = self._stable_token(force=True)
        token = str(answer["access_token"])
        if token == bad:
            self.session.set(stuck, bad, _STUCK_PAUSE)
        self.session.set(self.access_token_key, token, max(60, int(answer["expires_in"]) - _EARLY))
        return token

    def _stable_token(self, force: bool) -> dict[str, Any]:
        """POST /cgi-bin/stable_token: the secret travels in the body, not in an address that proxies write down."""
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret, "force_refresh": force}
        try:
            reply = self._http.post(f"{self._base}/cgi-bin/stable_token", json=body, timeout=self.timeout)
            answer = reply.json() if reply.ok else {}
        except requests.JSONDecodeError:
            answer = {}
        except requests.RequestException as error:
            raise _not_reached(error, "取令牌") from None
        return _checked(answer, reply, "access_token", "expires_in")

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        url, kwargs = self._to_base(url_or_endpoint, kwargs)
        params = kwargs.pop("params", None) or {}
        token = params.get("access_token") or self.access_token
        try:
            return self._once(method, url, {**params, "access_token": token}, kwargs)
        except WeChatError as error:
            if error.cls is not OutcomeClass.TOKEN:
                raise
        try:
            return self._once(method, url, {**params, "access_token": self._refresh(token)}, kwargs)
        except WeChatError as error:
            if error.cls is OutcomeClass.TOKEN:
                raise WeChatError(OutcomeClass.CONFIG, error.code, "换过令牌后仍被拒绝") from None
            raise

    def _to_base(self, url: str, kwargs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Some of wechatpy's calls name the official host themselves; lead them to our base."""
        base = str(kwargs.get("api_base_url", ""))
        if base.startswith(OFFICIAL):
            kwargs = {**kwargs, "api_base_url": self._base + base[len(OFFICIAL) :]}
        return (self._base + url[len(OFFICIAL) :] if url.startswith(OFFICIAL) else url), kwargs

    def _once(self, method: str, url: str, params: dict[str, Any], kwargs: dict[str, Any]) -> Any:
        try:
            answer = super()._request(method, url, **kwargs, params=params)
        except WeChatClientException as error:
            raise _told(error) from None
        except requests.RequestException as error:
            raise WeChatError(classify_failure(error), "network", f"网络出错：{type(error).__name__}") from None
        if isinstance(answer, requests.Response) and not _is_media(answer):
            raise WeChatError(OutcomeClass.AMBIGUOUS, f"http-{answer.status_code}", "答复不是 JSON")
        return answer


def _not_reached(error: requests.RequestException, what: str) -> WeChatError:
    """For calls that may be repeated without harm, which are never ambiguous."""
    return WeChatError(OutcomeClass.TEMP, "network", f"{what}时网络出错：{type(error).__name__}")


def _checked(answer: Any, reply: requests.Response, *names: str) -> dict[str, Any]:
    """The JSON answer when it is no refusal and holds `names`."""
    if not isinstance(answer, dict) or (not answer.get("errcode") and not set(names) <= set(answer)):
        raise WeChatError(OutcomeClass.TEMP, f"http-{reply.status_code}", "答复不是约定的格式")
    if answer.get("errcode"):
        code = int(answer["errcode"])
        raise WeChatError(classify(code), str(code), redact(answer.get("errmsg", "")))
    return answer


def _no_store(error: RedisError) -> WeChatError:
    return WeChatError(OutcomeClass.TEMP, "redis", f"令牌存储不可用：{type(error).__name__}")


def _told(error: WeChatClientException) -> WeChatError:
    """wechatpy's exception, which holds the request and can't be pickled, as ours."""
    if error.errcode is None:
        status = error.response.status_code if error.response is not None else 0
        return WeChatError(classify_status(status), f"http-{status}", "HTTP 状态异常")
    cls = classify(error.errcode)
    known = error.response.json().get("msg_id") or error.response.json().get("msgid") if cls is OutcomeClass.DUP else ""
    return WeChatError(cls, str(error.errcode), redact(error.errmsg), str(known or ""))


def _is_media(reply: requests.Response) -> bool:
    """Downloads are the only rightful answers that are not JSON."""
    kind = reply.headers.get("content-type", "")
    return (
        kind.startswith(("image/", "audio/", "video/", "application/octet-stream"))
        or "content-disposition" in reply.headers
    )
