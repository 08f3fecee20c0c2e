"""Files that are uploaded at the desk: what the form offers is what is taken."""

from policies.intake.readers import READERS
from tests.policies.intake.printing import Document, as_ofd, as_pdf
from tests.web.staff.conftest import Staff, read, token_of


def notice(title: str) -> Document:
    document = Document()
    document.centre(title, step=50)
    document.paragraph("对参保企业给予一次性稳岗补贴，每人500元，由各区人力资源和社会保障局发放。")
    return document


def test_the_form_offers_what_can_be_read(staff: Staff) -> None:
    page = read(staff("editor"), "/staff/policies/new")
    [accepted] = page.root.xpath("//input[@type='file']/@accept")
    assert accepted.split(",") == list(READERS)
    assert "支持 .txt、.html、.htm、.shtml、.jsonl、.docx、.pdf、.ofd，单个不超过 32 MB" in page.words


def test_pdf_and_ofd_are_taken_and_what_only_pretends_is_named(staff: Staff) -> None:
    browser = staff("editor")
    pdf, ofd = as_pdf(notice("关于发放稳岗补贴的通知")), as_ofd(notice("关于发放培训补贴的通知"))
    files = [("files", ("稳岗.pdf", pdf)), ("files", ("培训.OFD", ofd)), ("files", ("改名.pdf", ofd))]
    answer = browser.post("/staff/policies/upload", data={"csrf": token_of(browser)}, files=files)
    assert answer.status_code == 200
    assert "关于发放稳岗补贴的通知" in answer.text
    assert "关于发放培训补贴的通知" in answer.text
    assert "改名.pdf" in answer.text
    assert "不是 PDF 文件（内容是别的格式）：请检查扩展名是否正确" in answer.text
    again = browser.post("/staff/policies/upload", data={"csrf": token_of(browser)}, files=files[:2])
    assert "与库中相同，没有改动" in again.text
