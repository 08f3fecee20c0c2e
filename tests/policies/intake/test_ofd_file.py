"""OFD: what the format allows (templates, matrices, runs of steps), and files that are none or want to do harm."""

import io
import zipfile
from pathlib import Path

import pytest

from core.errors import InputError
from policies.intake import ofd_file
from policies.intake.ofd_package import LARGEST_PART
from policies.policy_text import PolicyText
from tests.policies.intake.printing import Document, as_ofd, ofd_of, text_object

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
TITLE = text_object("关于发放补贴的通知", 200, 80, 22)
TEXT = text_object("对参保企业给予一次性稳岗补贴，每人500元。", 111, 160, 16)


def read(content: bytes) -> PolicyText:
    (policy,) = ofd_file.read(content, "a.ofd")
    return policy


def refusal_of(content: bytes) -> str:
    with pytest.raises(InputError) as refused:
        read(content)
    assert refused.value.where == "a.ofd"
    return refused.value.reason


def page_of(content: str) -> str:
    return f"<ofd:Page {SPACE}><ofd:Content><ofd:Layer>{content}</ofd:Layer></ofd:Content></ofd:Page>"


def zip_of(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for path, words in parts.items():
            package.writestr(path, words)
    return buffer.getvalue()


def test_letters_stand_where_their_matrix_and_steps_put_them() -> None:
    """A title that its matrix turns upside down, as converters write it; steps as runs; a gap by a step."""
    title = (
        '<ofd:TextObject ID="1" Boundary="70 0 70 40" CTM="0.5 0 0 -0.5 0 30" Size="16">'
        '<ofd:TextCode X="0" Y="20" DeltaX="g 8 16">关于发放补贴的通知</ofd:TextCode></ofd:TextObject>'
    )
    cells = (
        '<ofd:TextObject ID="2" Boundary="30 80 140 8" Size="5">'
        '<ofd:TextCode X="0" Y="5" DeltaX="g 2 5 30 g 3 2.5">高级工1500元</ofd:TextCode></ofd:TextObject>'
    )
    block = f'<ofd:PageBlock ID="3">{cells}</ofd:PageBlock>'
    policy = read(ofd_of([title + TEXT + block]))
    assert policy.title == "关于发放补贴的通知"
    assert policy.text == "对参保企业给予一次性稳岗补贴，每人500元。\n高级工 1500元"


def test_what_a_template_shows_belongs_to_the_page() -> None:
    page = page_of(TEXT).replace("<ofd:Content>", '<ofd:Template TemplateID="7"/><ofd:Content>')
    document = (
        f'<ofd:Document {SPACE}><ofd:CommonData><ofd:TemplatePage ID="7" BaseLoc="Tpls/Content.xml"/></ofd:CommonData>'
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="/Doc_0/Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>'
    )
    parts = {"Doc_0/Document.xml": document, "Doc_0/Tpls/Content.xml": page_of(TITLE)}
    policy = read(ofd_of([""], **parts, **{"Doc_0/Pages/Page_0/Content.xml": page}))
    assert (policy.title, policy.text) == ("关于发放补贴的通知", "对参保企业给予一次性稳岗补贴，每人500元。")


def test_a_watermark_aslant_is_no_text() -> None:
    mark = text_object("内部资料", 200, 400, 40).replace("Font=", 'CTM="0.7 0.7 -0.7 0.7 0 0" Font=')
    assert read(ofd_of([TITLE + TEXT + mark])).text == "对参保企业给予一次性稳岗补贴，每人500元。"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        (b"%PDF-1.7 renamed", "不是 OFD 文件（内容是别的格式）：请检查扩展名是否正确"),
        (zip_of(**{"word/document.xml": b"<w/>"}), "不是 OFD 文件（里面没有 OFD.xml）：请检查扩展名是否正确"),
        (as_ofd(Document())[:300], "OFD 文件已损坏或不完整：请重新下载或导出"),
        (zip_of(**{"OFD.xml": b"<ofd"}), "OFD 文件已损坏或不完整：请重新下载或导出"),
        (
            zip_of(**{"Encryptions.xml": b"<e/>", "EncryptInfo.dat": b"x"}),
            "OFD 有密码：请先用阅读软件去掉密码，或上传 Word、文本",
        ),
        (zip_of(**{"OFD.xml": f"<ofd:OFD {SPACE}/>".encode()}), "这份 OFD 里没有文字"),
    ],
)
def test_what_is_no_sound_ofd_is_refused(content: bytes, said: str) -> None:
    assert refusal_of(content) == said


def test_a_missing_page_is_named() -> None:
    document = f'<ofd:Document {SPACE}><ofd:Pages><ofd:Page BaseLoc="Pages/P.xml"/></ofd:Pages></ofd:Document>'
    said = refusal_of(ofd_of([TITLE], **{"Doc_0/Document.xml": document}))
    assert said == "OFD 文件已损坏或不完整：请重新下载或导出（缺少 Doc_0/Pages/P.xml）"


def test_a_scan_is_refused_with_the_next_step() -> None:
    image = '<ofd:ImageObject ID="5" Boundary="0 0 210 297" ResourceID="6"/>'
    said = refusal_of(ofd_of([image, image]))
    assert said == "这份 OFD 是扫描件（2 页里 2 页只有图像，没有文字）：请先做文字识别（OCR），或上传 Word、文本"


def test_a_part_with_wrong_bytes_is_refused() -> None:
    content = bytearray(ofd_of([TITLE + TEXT]))
    place = content.index(b"Doc_0/Document.xml") + 60
    content[place : place + 8] = b"\xff" * 8
    assert refusal_of(bytes(content)) == "OFD 文件已损坏或不完整：请重新下载或导出"


def test_a_directory_that_points_nowhere_is_refused() -> None:
    content = ofd_of([TITLE])
    directory = content.index(b"PK\x01\x02")
    moved = content[: directory + 42] + b"\xff\xff\xff\x7f" + content[directory + 46 :]
    assert refusal_of(moved) == "OFD 文件已损坏或不完整：请重新下载或导出"
    assert refusal_of(content[9:]) == "不是 OFD 文件（内容是别的格式）：请检查扩展名是否正确"
    assert refusal_of(b"PK" + content[9:]) == "OFD 文件已损坏或不完整：请重新下载或导出"


def test_a_bomb_is_refused_unread() -> None:
    bomb = ofd_of([" " * (LARGEST_PART + 1)])
    assert len(bomb) < 100_000
    assert refusal_of(bomb) == "OFD 文件解开后过大：请拆分，或上传 Word、文本"


def test_many_parts_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.intake.ofd_package.LARGEST_ALL", 60_000)
    assert refusal_of(ofd_of([TITLE + " " * 30_000, TEXT + " " * 30_000])).startswith("OFD 文件解开后过大")


def test_a_template_of_many_letters_does_not_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ofd_file, "MOST_LETTERS", 100)
    many = text_object("很" * 60, 10, 80, 8).replace("DeltaX=", 'DeltaY="g 999999999 1" DeltaX="g 999999999 3" X=')
    assert refusal_of(ofd_of([many, many])).startswith("OFD 文件已损坏")  # an attribute twice is no XML
    assert refusal_of(ofd_of([many.replace('" X="', '" Z="')] * 2)) == "OFD 超过 100 字：请拆分后导入"


@pytest.mark.parametrize("sort", ["external", "growing"])
def test_entities_are_refused(sort: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("不应读到", encoding="utf-8")
    kinds = {
        "external": f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]>',
        "growing": '<!DOCTYPE a [<!ENTITY d "很很很很"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>',
    }
    words = TITLE.replace("补贴", "&e;")
    page = f'<?xml version="1.0"?>{kinds[sort]}{page_of(words)}'
    said = refusal_of(ofd_of([""], **{"Doc_0/Pages/Page_0/Content.xml": page}))
    assert said == "OFD 文件里有不允许的 XML 声明（DOCTYPE），未读取"
