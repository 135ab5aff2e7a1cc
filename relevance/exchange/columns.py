"""Column names: what a table calls a thing, in English or Chinese, and the name that we know it by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from relevance.exchange.fold import fold
from relevance.exchange.nearest import nearest

_NOISE = re.compile(r"[\s_\-./()\[\]【】:*]+")


def plain(name: str) -> str:
    """A column name without case, white space and punctuation.

    >>> plain("Keyword （ZH）") == plain("keyword_zh")
    True
    """
    return _NOISE.sub("", fold(name))


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that an importer understands: our name, and all the names that it may bear in a file."""

    names: Mapping[str, Sequence[str]]
    _known: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for ours, theirs in self.names.items():
            for name in (ours, *theirs):
                self._known[plain(name)] = ours

    def find(self, title: str) -> str | None:
        """Our name for a title, or None."""
        return self._known.get(plain(title))

    def count(self, titles: Iterable[str | None]) -> int:
        """How many different columns of ours a row of titles names: the row with the most is the header."""
        return len({ours for title in titles if title and (ours := self.find(title))})

    def nearest(self, title: str) -> list[str]:
        """Column names that the title may have meant."""
        return nearest(plain(title), sorted({*self._known}), most=1)


ITEM_COLUMNS = Columns(
    {
        "keyword": ("关键词", "关键字", "搜索词", "查询词", "检索词", "query", "search term", "term"),
        "keyword_zh": (
            "关键词中文", "中文关键词", "关键词_zh", "关键词_cn", "keyword_cn", "keyword chinese", "chinese keyword",
            "query_zh", "搜索词中文", "中文搜索词",
        ),
        "keyword_en": (
            "关键词英文", "英文关键词", "关键词_en", "keyword english", "english keyword", "query_en", "搜索词英文",
            "英文搜索词",
        ),
        "clip": (
            "视频", "视频文件", "视频名", "视频名称", "视频路径", "片段", "短片", "视频片段", "文件", "文件名", "文件路径",
            "素材", "clip name", "clip_id", "片段编号", "视频编号", "content_id", "video", "video file", "video name", "file",
            "file name", "filename", "path",
        ),
        "start": ("开始", "起点", "开始时间", "起始时间", "起始", "入点", "start time", "start_s", "from", "in"),
        "end": ("结束", "终点", "结束时间", "终止时间", "出点", "end time", "end_s", "to", "out"),
        "weight": ("权重", "搜索量", "搜索次数", "热度", "searches", "search volume", "volume"),
        "family": ("词族", "关键词族", "类别", "分类", "分组", "关键词组", "keyword family", "group", "category"),
        "external_id": ("外部编号", "外部id", "客户编号", "业务编号", "编号", "external", "id", "item_id", "ext_id"),
        "keyword_note": (
            "关键词说明", "关键词备注", "关键词释义", "释义", "说明", "备注", "note", "keyword description", "description",
        ),
        "batch": ("批次", "批次名", "批次名称", "批号", "batch name"),
        "deadline": ("截止", "截止时间", "截止日期", "交付日期", "期限", "due", "due date"),
        "overlap": ("重叠", "重叠数", "重复数", "标注人数", "评分人数", "人数", "所需评分数", "graders", "grades wanted"),
        "gold": ("金标", "金标准", "标准答案", "答案", "标准评分", "黄金", "gold grade", "gold label"),
    }
)  # fmt: skip
