"""What came of a training, for people and for programs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.scores import Scores


@dataclass(frozen=True)
class TrainingReport:
    """What came of a training. `before` is the present classifier on the same documents, where they decided;
    `forgotten` how many documents that it has learned are not among those learned now."""

    documents: int
    candidate: Scores
    before: Scores | None
    compared_on: str
    promoted: bool
    folder: Path
    forgotten: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "documents": self.documents,
            "candidate": self.candidate.as_dict(),
            "before": self.before.as_dict() if self.before else None,
            "compared_on": self.compared_on,
            "promoted": self.promoted,
            "folder": str(self.folder),
            "forgotten": self.forgotten,
        }

    def as_text(self) -> str:
        names = {
            "topics_micro": "主题微平均 F1",
            "topics_macro": "主题宏平均 F1",
            "first_topic": "首要主题命中",
            "pushable": "是否推送",
            "sides": "面向对象",
            "types_micro": "类型微平均 F1",
        }
        now, then = self.candidate.as_dict(), self.before.as_dict() if self.before else {}
        lines = [f"标注文件 {self.documents} 份；比较依据：{self.compared_on}（{self.candidate.documents} 份）"]
        lines += [
            f"{name}：新 {now[key]:.3f}" + (f"，现用 {then[key]:.3f}" if then else "") for key, name in names.items()
        ]
        return "\n".join([*lines, self._verdict()])

    def _verdict(self) -> str:
        if self.promoted:
            return f"新分类器已写入 {self.folder}"
        if self.forgotten:
            return (
                f"现用的学过 {self.forgotten} 份这次没有的文件，替换就会忘掉它们，因此保留现用的；"
                "请连同原来的数据一起训练，或用 --out 写到别的文件夹另行比较"
            )
        return "新分类器没有更好，保留现用的"
