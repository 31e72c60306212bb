"""Teams for a seeker: who covers which need, what stays open, who cannot be replaced; their document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Positions
from matcher.columns import Profile, Recommendation
from matcher.documents.blocks import Block, Document, Heading, Note, Paragraph, Table
from matcher.documents.language import N_, Messages, quote
from matcher.documents.writing import Rendered
from matcher.errors import ConfigError
from matcher.explanations.explainer import Explainer
from matcher.explanations.explanation import NONE
from matcher.explanations.matches import ALIKE, LEVELS
from matcher.explanations.remarks import TEXTS, render_all
from matcher.features import COMPONENT_NAMES, DECIMALS, Organisations
from matcher.features.complementarity import WORDS, meeting
from matcher.features.ragged import Ragged
from matcher.matching.scoring import Listed, PoolScorer, ScoredBlock
from matcher.matching.selection import Selected
from matcher.matching.teams import Limit, TeamProblem, read_limits
from matcher.profiles.records import records_of

PER_NEED: Final = 10
"""Candidates of each need, those that meet it best, from which teams are chosen."""
BEST: Final = 30
"""Candidates of the highest score from which teams are chosen too."""
SHOWN: Final = 2
"""Reasons and concerns of each member."""
COLUMNS: Final = (
    *("team", "candidate", "name", "mutual", "reasons", "concerns"),
    *("need", "importance", "offer", "coverage", "answer", "irreplaceable"),
)


class Cover(NamedTuple):
    """What a candidate says to a need of the seeker, or to a passage where it names none."""

    need: str
    importance: int
    offer: str
    coverage: float
    answer: str


@dataclass(frozen=True)
class Team(Rendered):
    """Organisations that together cover what a seeker needs; returned by `Matcher.team`."""

    lang: str
    seeker: Mapping[str, Any]
    """The canonical profile."""
    table: pd.DataFrame
    """The members, numbered 1 in the column team, and those of alternatives, with what they cover: a row per
    need, with the member who comes closest to it, and per member who comes closest to none. `answer` is as of
    `NeedMatch`; a need is irreplaceable that no other candidate answers.
    """
    values: tuple[float, ...]
    """Of the team and the alternatives; see docs/scores.md."""

    def members(self, team: int = 1) -> list[str]:
        """Return the ids of the members of the team, or of an alternative, 2 and up."""
        return list(dict.fromkeys(self._rows(team)["candidate"]))

    def covered(self, team: int = 1) -> pd.DataFrame:
        """Return the rows of needs that are answered, or perhaps are."""
        return self._rows(team).query("answer in ('answered', 'possible')")

    def open(self, team: int = 1) -> pd.DataFrame:
        """Return the rows of needs that nobody answers, with what comes closest."""
        return self._rows(team).query("answer == 'open'")

    def _rows(self, team: int) -> pd.DataFrame:
        return self.table[self.table["team"] == team]

    def document(self) -> Document:
        """Return the team as a document in its language."""
        messages, covered = Messages(self.lang), len(self.covered())
        say, total = messages.say, covered + len(self.open())
        names = {"number": len(self.members()), "seeker": self.seeker[Profile.NAME]}
        blocks = *self._needs(messages), *self._members(messages), *self._others(messages)
        return Document(
            title=say("{number} partners together for {seeker}", **names),
            subtitle=say("Needs covered: {covered} of {total}.", covered=covered, total=total),
            lang=self.lang,
            blocks=blocks,
            footer=say("Estimates from the profiles, not promises. Words in “ ” are written in a profile."),
            tags={"engine": say("computed"), "profile": say("from the profiles")},
        )

    def _needs(self, messages: Messages) -> Iterator[Block]:
        say = messages.say
        note = N_(
            "“May answer” means: read both before you count on it. “Open”: what comes closest is shown. "
            "“Nobody”: no other candidate was found for this need, so the member cannot be replaced."
        )
        rows = [
            (
                f"“{quote(row['need'])}”",
                say("{number} of 5", number=row["importance"]),
                str(row["name"]),
                f"“{quote(row['offer'])}”" if row["offer"] else say("no offer"),
                say(TEXTS["answers"][row["answer"]]),
                say("nobody") if row["irreplaceable"] else NONE,
            )
            for row in pd.concat([self.covered(), self.open()]).to_dict("records")
        ]
        yield Heading(say("Who covers what"), origin="profile")
        yield Table(tuple(map(say, TEXTS["headers"]["team"])), tuple(rows))
        yield Note(say(note))

    def _members(self, messages: Messages) -> Iterator[Block]:
        say, rows = messages.say, []
        for _, part in self._rows(1).groupby("candidate", sort=False):
            one, covered = part.iloc[0], int((part["answer"] != "open").sum() if part["need"].any() else 0)
            role = messages.count("covers {number} need", "covers {number} needs", covered)
            if not covered:
                role = say(N_("comes closest to an open need") if one["need"] else N_("chosen for its fit"))
            match = messages.significant(one["mutual"])
            who = f"{one['name']} ({one['candidate']})"
            rows.append((who, role, match, one["reasons"] or NONE, one["concerns"] or NONE))
        yield Heading(say("The members"), origin="engine")
        yield Table(tuple(map(say, TEXTS["headers"]["members"])), tuple(rows))

    def _others(self, messages: Messages) -> Iterator[Block]:
        say = messages.say
        yield Heading(say("Other teams, without any of these members"), origin="engine")
        for team in range(2, len(self.values) + 1):
            names = "; ".join(self._rows(team)["name"].unique())
            covered = len(self.covered(team))
            yield Paragraph(say("{names}. Needs covered: {covered}.", names=names, covered=covered))
        if len(self.values) == 1:
            yield Paragraph(say("There is none."))


def find_team(
    scorer: PoolScorer,
    seekers: tuple[pd.DataFrame, Organisations],
    size: int,
    *,
    at_least: Mapping[str, int] | None,
    at_most: Mapping[str, int] | None,
    alternatives: int,
    lang: str,
) -> Team:
    """Return the best team for one seeker, given as for `Explainer.remarks`; see `Matcher.team`."""
    close = _closeness(scorer, seekers[1])
    likely = np.unique(np.argsort(-close, axis=1, kind="stable")[:, :PER_NEED])
    ((_, block),) = scorer.score(*seekers, likely.tolist())
    may = block.pairs.columns[np.isfinite(block.score[0])]
    limits = read_limits(at_least, at_most, scorer.pool.frame.iloc[may])
    order = np.argsort(-block.score[0, block.pairs.columns_of(may)], kind="stable")
    wanted = np.isin(may, likely)
    wanted[np.concatenate([order[:BEST], *(_leading(limit, order, size) for limit in limits)])] = True
    listed = _listed(scorer, seekers[0], block, may[wanted])
    covers = _covers(scorer, seekers, listed, close)
    kept = tuple(limit._replace(groups=limit.groups[:, wanted]) for limit in limits)
    problem = replace(_problem(scorer, listed, covers, size), limits=kept)
    teams: list[Positions] = []
    banned: list[int] = []
    while len(teams) <= alternatives and (chosen := problem.choose(banned)) is not None:
        teams.append(chosen)
        banned += chosen.tolist()
    if not teams:
        raise _infeasible(problem)
    rows = [(scorer, seekers, listed, covers, chosen, Messages(lang)) for chosen in teams]
    tables = [_table(*each).assign(team=number) for number, each in enumerate(rows, 1)]
    table = pd.concat(tables, ignore_index=True)[[*COLUMNS]].round(DECIMALS)
    return Team(lang, records_of(seekers[0])[0], table, tuple(map(problem.value, teams)))


def _closeness(scorer: PoolScorer, encoded: Organisations) -> Floats:
    """Return how far organisations cover each need, or passage without needs, (n_needs, n_organisations)."""
    pool = scorer.pool.organisations
    if len(encoded.needs.texts):
        return np.nan_to_num(pool.offers.max_rows(meeting(encoded.needs, pool.offers).T).T)
    words = scorer.pool.encoder.encode_texts(encoded.passages.texts.tolist()).likeness(pool.lexical)
    meaning = np.nan_to_num(pool.passages.max_rows(pool.passages.vectors @ encoded.passages.vectors.T).T)
    return np.asarray(WORDS * words + (1.0 - WORDS) * np.maximum(meaning, 0.0))


def _leading(limit: Limit, order: Positions, size: int) -> Positions:
    """Return the best candidates of the best groups, at most `size` of each and so many groups."""
    firsts = [order[group[order] > 0][:size] for group in limit.groups]
    place = np.argsort(order)
    firsts = sorted((part for part in firsts if len(part)), key=lambda part: int(place[part[0]]))
    return np.concatenate([order[:0], *firsts[:size]])


def _listed(scorer: PoolScorer, frame: pd.DataFrame, block: ScoredBlock, positions: Positions) -> Listed:
    rows = np.zeros(len(positions), dtype=np.int64)
    price = scorer.seeker_prices(frame[Profile.ID].to_numpy(dtype=object), block)[rows]
    scores = block.at(rows, block.pairs.columns_of(positions))
    return Listed(Selected(rows, positions, rows + 1), scores, price, rows > 0)


def _covers(
    scorer: PoolScorer, seekers: tuple[pd.DataFrame, Organisations], listed: Listed, close: Floats
) -> list[list[Cover]]:
    """Return what each candidate says to each need, or to each passage where the seeker names no needs."""
    needs, ours = seekers[1].needs, seekers[1].passages
    if not len(needs.texts):
        pool = scorer.pool.organisations.passages
        return [
            [*_passage_covers(ours, pool.take(np.array([position])), close[:, position])]
            for position in listed.selected.positions.tolist()
        ]
    keys = [*zip(needs.texts, needs.categories, strict=True)]
    covers = []
    for matches in Explainer(scorer).needs_met(*seekers, listed):
        found = {(one.need, one.category): one for one in matches}
        covers.append(
            [
                Cover(
                    one.need,
                    one.importance,
                    one.offer,
                    # The level decides one half of what an offer that answers is worth.
                    one.chance * (1.0 + one.level / LEVELS) / 2.0,
                    one.answer,
                )
                for one in map(found.__getitem__, keys)
            ]
        )
    return covers


def _passage_covers(ours: Ragged, theirs: Ragged, close: Floats) -> Iterator[Cover]:
    cosines = ours.vectors @ theirs.vectors.T
    for text, row, value in zip(ours.texts, cosines, close, strict=True):
        nearest = str(theirs.texts[row.argmax()]) if len(row) else ""
        answer = "possible" if row.max(initial=0.0) >= ALIKE else "open"
        yield Cover(str(text), LEVELS, nearest, float(value), answer)


def _problem(scorer: PoolScorer, listed: Listed, covers: Sequence[Sequence[Cover]], size: int) -> TeamProblem:
    positions = listed.selected.positions
    pairs = scorer.pool.own_pairs(positions, positions)
    block, conflict = scorer.score_block(pairs), COMPONENT_NAMES.index("conflict")
    together = block.mutual - np.nan_to_num(block.seeker_components[..., conflict])
    values = np.array([[cover.coverage for cover in row] for row in covers], dtype=float)
    return TeamProblem(
        importance=np.array([cover.importance for cover in [*covers, ()][0]], dtype=float),
        covers=values.reshape(len(positions), -1).T,
        fit=listed.scores.mutual,
        together=np.round((together + together.T) / 2.0, DECIMALS),
        allowed=pairs.eligible & pairs.eligible.T,
        size=size,
    )


def _table(
    scorer: PoolScorer,
    seekers: tuple[pd.DataFrame, Organisations],
    listed: Listed,
    covers: Sequence[Sequence[Cover]],
    chosen: Positions,
    messages: Messages,
) -> pd.DataFrame:
    """Return the rows of one team."""
    answers = [[one.answer != "open" for one in row] for row in covers]
    n_able = np.array(answers, dtype=int).reshape(len(covers), -1).sum(axis=0)
    best = [max(chosen, key=lambda at: covers[at][need].coverage) for need in range(len(n_able))]
    part = listed.keep(np.isin(np.arange(len(covers)), chosen))
    records = records_of(scorer.pool.frame.iloc[part.selected.positions])
    remarks = Explainer(scorer).remarks(*seekers, part)
    rows = []
    for at, record, mutual, said in zip(chosen, records, part.scores.mutual, remarks, strict=True):
        columns = Recommendation.REASONS_SEEKER, Recommendation.CONCERNS
        texts = ["; ".join(render_all(said[column][:SHOWN], messages)) for column in columns]
        whose = (record[Profile.ID], record[Profile.NAME], mutual, *texts)
        own = [need for need, one in enumerate(best) if one == at]
        said_to = [(*covers[at][need], answers[at][need] and n_able[need] == 1) for need in own]
        rows += [(*whose, *cover) for cover in said_to or [("", 0, "", 0.0, "", False)]]
    table = pd.DataFrame(rows, columns=[*COLUMNS[1:]])
    best_of = table.groupby("candidate")["coverage"].transform("sum")
    return table.assign(sorted=best_of).sort_values(["sorted", "mutual"], ascending=False, kind="stable")


def _infeasible(problem: TeamProblem) -> ConfigError:
    missed = [
        f"{limit.text} is missed by {short:,}" if limit else f"{short:,} members are missing"
        for limit, short in problem.shortfalls()
    ]
    return ConfigError(
        f"limits must be ones that a team of {problem.size:,} can keep to; got none among the "
        f"{len(problem.fit):,} best candidates: {', '.join(missed)}. Relax a limit or make the team smaller."
    )
