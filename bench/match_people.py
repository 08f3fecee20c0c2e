"""Subscribers as a city might have them: firms and residents with skewed places, trades and sizes, and much unknown."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.audience.index import Row

CHUNK = 50_000
_FREE_QUALIFICATIONS = ["省级企业技术中心", "市级专精特新企业", "区政府质量奖", "省著名商标", "农业龙头企业（市级）"]
_Columns = dict[str, list[Any]]


class Population:
    """The same subscribers for the same seed, in chunks."""

    def __init__(self, vocabulary: Vocabulary, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        real = [code for code, region in vocabulary.regions.items() if region.level == 3 and not region.flag]
        self._districts = np.array(real)
        weights = 1 / np.arange(1, len(real) + 1) ** 0.7
        self._district_weights = self._random.permutation(weights / weights.sum())
        self._industries = [code for code in vocabulary.industries if len(code) == 3]
        self._qualifications = [*vocabulary.qualifications, *_FREE_QUALIFICATIONS]
        self._topics = {side: [topic.code for topic in vocabulary.list_topics(side)] for side in Side}

    def rows(self, count: int) -> Iterator[Row]:
        """Subscribers 1 … `count`."""
        for start in range(0, count, CHUNK):
            yield from self._chunk(start + 1, min(CHUNK, count - start))

    def _chunk(self, first: int, count: int) -> Iterator[Row]:
        random = self._random
        is_firm = random.random(count) < 0.4
        recommend = (random.random(count) < 0.6).tolist()
        firms = int(is_firm.sum())
        sources = {
            True: self._profiles(Side.ENTERPRISE, self._firms(firms), firms),
            False: self._profiles(Side.INDIVIDUAL, self._people(count - firms), count - firms),
        }
        for at, firm in enumerate(is_firm.tolist()):
            side, profile, topics = next(sources[firm])
            yield Row(first + at, side, profile, topics, recommend[at], ("wechat", "sms"))

    def _profiles(self, side: Side, columns: _Columns, count: int) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """The known fields of each of `count`, and up to five topics that they subscribed to."""
        names, mine = list(columns), self._topics[side]
        wanted = self._random.integers(0, len(mine), (count, 5)).tolist()
        for values, picked in zip(zip(*columns.values(), strict=True), wanted, strict=True):
            profile = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            yield side.value, profile, sorted({mine[n] for n in picked})

    def _firms(self, count: int) -> _Columns:
        employees = np.maximum(1, self._random.lognormal(2.5, 1.5, count)).astype(int)
        revenue = np.round(employees * self._random.lognormal(3.0, 1.0, count), 2)
        ratio = np.round(self._random.exponential(3, count), 1)
        places = self._places(count)
        trades = [self._industry(n) for n in self._random.zipf(1.4, count)]
        return {
            "region": self._gaps(places, 0.02),
            "tax_region": self._gaps(places, 0.3),
            "industry": self._gaps(trades, 0.05),
            "years_since_founding": self._gaps(np.round(self._random.exponential(8, count), 2).tolist(), 0.05),
            "registered_capital_wan": self._gaps(
                self._random.choice([10, 50, 100, 500, 1000, 5000], count).tolist(), 0.1
            ),
            "revenue_wan": self._gaps(revenue.tolist(), 0.4),
            "rd_ratio_pct": self._gaps(ratio.tolist(), 0.6),
            "rd_spend_wan": self._gaps(np.round(revenue * ratio / 100, 2).tolist(), 0.6),
            "employees": self._gaps(employees.tolist(), 0.25),
            "tax_wan": self._gaps(np.round(revenue * 0.04, 2).tolist(), 0.5),
            "asset_wan": self._gaps(np.round(revenue * self._random.lognormal(0, 0.8, count), 2).tolist(), 0.5),
            "qualification": self._gaps(self._qualified(count), 0.3),
            "ownership": self._gaps(
                self._words(count, ["private", "state", "foreign", "hmt"], [0.85, 0.07, 0.05, 0.03]), 0.1
            ),
            "legal_form": self._gaps(
                self._words(count, ["company", "sole_trader", "cooperative"], [0.55, 0.4, 0.05]), 0.02
            ),
            "legal_person": self._gaps((self._random.random(count) < 0.6).tolist(), 0.4),
            "credit_clean": self._gaps((self._random.random(count) < 0.97).tolist(), 0.3),
            "listed": self._gaps((self._random.random(count) < 0.01).tolist(), 0.5),
        }

    def _people(self, count: int) -> _Columns:
        age = np.clip(self._random.normal(42, 18, count), 0, 100).astype(int)
        places = self._places(count)
        moved = np.where(self._random.random(count) < 0.2, self._places(count), places).tolist()
        education = ["junior_high", "senior_high", "junior_college", "bachelor", "master", "doctor"]
        work = ["employed", "flexible", "unemployed", "self_employed", "student", "retired"]
        skill = ["junior", "intermediate", "senior", "technician", "senior_technician"]
        return {
            "residence_region": self._gaps(places, 0.02),
            "hukou_region": self._gaps(moved, 0.3),
            "age": self._gaps(age.tolist(), 0.05),
            "gender": self._gaps(self._words(count, ["male", "female"], [0.5, 0.5]), 0.1),
            "education": self._gaps(self._words(count, education, [0.3, 0.25, 0.2, 0.2, 0.04, 0.01]), 0.4),
            "employment": self._gaps(self._words(count, work, [0.45, 0.15, 0.05, 0.1, 0.1, 0.15]), 0.25),
            "graduated_within_years": self._gaps(np.round(self._random.exponential(15, count), 1).tolist(), 0.6),
            "social_insurance_months": self._gaps(self._random.integers(0, 400, count).tolist(), 0.4),
            "hardship": self._gaps(self._hard(count), 0.4),
            "disabled": self._gaps((self._random.random(count) < 0.06).tolist(), 0.4),
            "veteran": self._gaps((self._random.random(count) < 0.04).tolist(), 0.4),
            "owns_home": self._gaps((self._random.random(count) < 0.7).tolist(), 0.5),
            "children": self._gaps(self._random.integers(0, 4, count).tolist(), 0.4),
            "child_age": self._gaps(
                [self._random.integers(0, 30, n).tolist() for n in self._random.integers(0, 4, count)], 0.6
            ),
            "pregnant": self._gaps((self._random.random(count) < 0.01).tolist(), 0.6),
            "marital": self._gaps(
                self._words(count, ["single", "married", "divorced", "widowed"], [0.3, 0.6, 0.07, 0.03]), 0.4
            ),
            "nationality": self._gaps(self._words(count, ["cn", "hk", "foreign"], [0.98, 0.01, 0.01]), 0.1),
            "skill_level": self._gaps(self._words(count, skill, [0.4, 0.3, 0.2, 0.07, 0.03]), 0.8),
        }

    def _gaps(self, values: Any, share: float) -> list[Any]:
        """The values with a share of them unknown."""
        known = self._random.random(len(values)) >= share
        return [value if is_known else None for value, is_known in zip(values, known.tolist(), strict=True)]

    def _places(self, count: int) -> list[str]:
        """Mostly districts; one in twenty is known to the city or the province only."""
        districts = self._random.choice(self._districts, count, p=self._district_weights)
        depth = self._random.random(count)
        return [
            str(code) if exact > 0.05 else f"{code[:4]}00" if exact > 0.02 else f"{code[:2]}0000"
            for code, exact in zip(districts.tolist(), depth.tolist(), strict=True)
        ]

    def _industry(self, rank: int) -> str:
        code = self._industries[int(rank) * 7919 % len(self._industries)]
        return code if rank % 3 else code + "21" if rank % 2 else code[0]

    def _qualified(self, count: int) -> list[list[str]]:
        held = self._random.choice(6, count, p=[0.7, 0.18, 0.07, 0.03, 0.01, 0.01])
        at = np.minimum(self._random.zipf(1.6, (count, 5)), len(self._qualifications)) - 1
        return [
            list({self._qualifications[n] for n in row[:k]}) for row, k in zip(at.tolist(), held.tolist(), strict=True)
        ]

    def _hard(self, count: int) -> list[list[str]]:
        kinds = ["dibao", "dibao_edge", "tekun", "low_income", "disaster", "orphan"]
        which, some = self._random.integers(0, len(kinds), count), self._random.random(count) < 0.08
        return [[kinds[n]] if hard else [] for n, hard in zip(which.tolist(), some.tolist(), strict=True)]

    def _words(self, count: int, words: list[str], shares: list[float]) -> list[str]:
        return [str(word) for word in self._random.choice(words, count, p=shares).tolist()]
