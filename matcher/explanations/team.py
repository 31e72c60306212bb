"""Teams for a seeker: who covers which need, what stays open, who cannot be replaced; their document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Positions
from matcher.columns import Profile, Recommendation
from matcher.documents.blocks import DASH, Block, Document, Heading, Note, Paragraph, Table
from matcher.documents.language import N_, Messages, quote
from matcher.documents.writing import Rendered
from matcher.errors import ConfigError
from matcher.explanations.explainer import Explainer
from matcher.explanations.matches import ALIKE, LEVELS, NeedMatch
from matcher.explanations.remarks import TEXTS, render_all, render_quote
from matcher.features import COMPONENT_NAMES, DECIMALS, Organisations
from matcher.features.complementarity import WORDS, counted, likeness
from matcher.features.facts import contradictions
from matcher.features.ragged import Ragged
from matcher.matching.pool import EncodedPool
from matcher.matching.scoring import Listed, PoolScorer
from matcher.matching.selection import Selected
from matcher.matching.teams import Limit, TeamProblem, read_limits
from matcher.profiles.records import records_of

PER_NEED: Final = 10  # candidates of each need, those that meet it best, from which teams are chosen
BEST: Final = 30  # candidates of the highest score from which teams are chosen too
LIKELY: Final = 0.25  # chance to be an answer from which an offer counts: of others hardly one in ten is one
CLOSE: Final = 0.5  # chance from which it comes close
ALTERNATIVES: Final = 2  # further teams, none with a member of another
SHOWN: Final = 2  # reasons and concerns of each member
COVERED: Final = ("answered", "possible")  # answers of needs that count as covered
COLUMNS: Final = (
    *("team", "candidate", "name", "mutual", "reasons", "concerns"),
    *("need", "importance", "offer", "coverage", "answer", "irreplaceable"),
)
Seeker = tuple[pd.DataFrame, Organisations]  # one seeker, given as for `Explainer.remarks`


class Cover(NamedTuple):
    """What a candidate says to a need of the seeker, or to a passage where it names none."""

    need: str
    importance: int
    offer: str = ""
    coverage: float = 0.0
    answer: str = "open"


@dataclass(frozen=True)
class Team(Rendered):
    """Organisations that together cover what a seeker needs; returned by `Matcher.team`."""

    lang: str
    seeker: Mapping[str, Any]  # the canonical profile
    table: pd.DataFrame
    """The members, numbered 1 in the column team, and those of alternatives, with what they cover: a row per
    need, with the member whose offer is closest, if any is, and per member who has none. `answer` is as of
    `NeedMatch`, or "near" where an offer comes close; a need is irreplaceable that is covered, and to which
    no other candidate comes close.
    """
    values: tuple[float, ...]  # of the team and the alternatives; see docs/scores.md
    languages: Mapping[str, str]  # of the needs and offers of the table, by their texts; "" where unknown

    def members(self, team: int = 1) -> list[str]:
        """Return the ids of the members of the team, or of an alternative, 2 and up."""
        return [id_ for id_ in self._rows(team)["candidate"].unique() if id_]

    def needs(self, team: int, *answers: str) -> pd.DataFrame:
        """Return the rows of needs with some answers; all without any."""
        rows = self._rows(team).query("need != ''")
        return rows[rows["answer"].isin(answers or [*TEXTS["answers"]])]

    def _rows(self, team: int) -> pd.DataFrame:
        return self.table[self.table["team"] == team]

    def document(self) -> Document:
        """Return the team as a document in its language."""
        messages = Messages(self.lang)
        say, counted = messages.say, {"covered": COVERED, "total": (), "near": ("near",)}
        counts = {name: len(self.needs(1, *answers)) for name, answers in counted.items()}
        names = {"number": len(self.members()), "seeker": self.seeker[Profile.NAME]}
        blocks = *self._needs(messages), *self._members(messages), *self._others(messages)
        return Document(
            title=say("{number} partners together for {seeker}", **names),
            subtitle=say(
                "Needs covered: {covered} of {total}; an offer comes close to {near} more.", **counts
            ),
            lang=self.lang,
            blocks=blocks,
            footer=say("Estimates from the profiles, not promises. Words in “ ” are written in a profile."),
            tags={"engine": say("computed"), "profile": say("from the profiles")},
        )

    def _needs(self, messages: Messages) -> Iterator[Block]:
        say = messages.say
        rows = [
            (
                self._quoted(row["need"], messages),
                say("{number} of 5", number=row["importance"]),
                row["name"] or DASH,
                self._quoted(row["offer"], messages) if row["offer"] else DASH,
                say(TEXTS["answers"][row["answer"]]),
                say("nobody") if row["irreplaceable"] else DASH,
            )
            for row in self.needs(1).to_dict("records")
        ]
        yield Heading(say("Who covers what"), origin="profile")
        yield Table(tuple(map(say, TEXTS["headers"]["team"])), tuple(rows))
        yield Note(say(TEXTS["team"]["note"]))

    def _quoted(self, text: str, messages: Messages) -> str:
        language = self.languages[text]
        return render_quote(quote(text), language if language != self.lang else "", "", messages)

    def _members(self, messages: Messages) -> Iterator[Block]:
        say, rows = messages.say, []
        for id_ in self.members():
            part = self._rows(1)[lambda rows, id_=id_: rows["candidate"] == id_]
            one, covered = part.iloc[0], int(part["answer"].isin(COVERED).sum())
            role = messages.count("covers {number} need", "covers {number} needs", covered)
            if not covered:
                role = say(N_("has the closest offer") if one["need"] else N_("chosen for its fit"))
            match = messages.significant(one["mutual"])
            who = f"{one['name']} ({one['candidate']})"
            rows.append((who, role, match, one["reasons"] or DASH, one["concerns"] or DASH))
        yield Heading(say("The members"), origin="engine")
        yield Table(tuple(map(say, TEXTS["headers"]["members"])), tuple(rows))

    def _others(self, messages: Messages) -> Iterator[Block]:
        say = messages.say
        yield Heading(say("Other teams, without any of these members"), origin="engine")
        for team in range(2, len(self.values) + 1):
            names = "; ".join(filter(None, self._rows(team)["name"].unique()))
            covered = len(self.needs(team, *COVERED))
            yield Paragraph(say("{names}. Needs covered: {covered}.", names=names, covered=covered))
        if len(self.values) == 1:
            yield Paragraph(say("There is none."))


def find_team(
    explainer: Explainer,
    seeker: Seeker,
    size: int,
    stated: tuple[Mapping[str, int], Mapping[str, int]],
    lang: str,
) -> Team:
    """Return the best team for one seeker, with limits stated at least and at most; see `Matcher.team`."""
    scorer = explainer.scorer
    close = _closeness(scorer, seeker[1])
    likely = np.unique(np.argsort(-close, axis=1, kind="stable")[:, :PER_NEED])
    ((_, block),) = scorer.score(*seeker, likely.tolist())
    may = block.pairs.positions(0)[np.isfinite(block.score[0])]
    if len(may) < size:
        raise _infeasible(size, len(may), [(None, size - len(may))])
    limits = read_limits(*stated, scorer.pool.frame.iloc[may])
    order = np.argsort(-block.score[0][np.isfinite(block.score[0])], kind="stable")
    wanted = np.isin(may, likely)
    wanted[np.concatenate([order[:BEST], *(_leading(limit, order, size) for limit in limits)])] = True
    rows = np.zeros(wanted.sum(), dtype=np.int64)
    scores = block.at(rows, block.pairs.columns_of(rows, may[wanted]))
    price = scorer.seeker_prices(seeker[1].ids, block)[rows]
    listed = Listed(Selected(rows, may[wanted], rows + 1), scores, price, rows > 0)
    covers = _covers(explainer, seeker, listed, close)
    kept = tuple(limit._replace(groups=limit.groups[:, wanted]) for limit in limits)
    problem = replace(_problem(scorer, listed, covers, size), limits=kept)
    teams: list[Positions] = []
    banned: list[int] = []
    while len(teams) <= ALTERNATIVES and (chosen := problem.choose(banned)) is not None:
        teams.append(chosen)
        banned += chosen.tolist()
    if not teams:
        raise _infeasible(size, len(covers), problem.shortfalls())
    tables = [
        _table(explainer, seeker, listed, covers, chosen, Messages(lang)).assign(team=number)
        for number, chosen in enumerate(teams, start=1)
    ]
    table = pd.concat(tables, ignore_index=True)[[*COLUMNS]].round(DECIMALS)
    values = tuple(map(problem.value, teams))
    return Team(lang, records_of(seeker[0])[0], table, values, _languages(scorer.pool, seeker[1], table))


def _languages(pool: EncodedPool, seeker: Organisations, table: pd.DataFrame) -> dict[str, str]:
    """Return the language of each need and offer, that of its organisation where it cannot be guessed."""
    members = pool.ids.searchsorted(table["candidate"].to_numpy(dtype=object))
    spoken = pool.organisations.text_languages[members]
    offers = map(pool.encoder.piece, table["offer"], spoken)
    return dict([*offers, *(pool.encoder.piece(need, seeker.text_languages[0]) for need in table["need"])])


def _closeness(scorer: PoolScorer, encoded: Organisations) -> Floats:
    """Return how far organisations cover each need, or passage without needs, (n_needs, n_organisations)."""
    pool = scorer.pool.organisations
    if len(encoded.needs.texts):
        fails = contradictions(encoded.needs.facts, pool.offers.facts)
        met = counted(likeness(encoded.needs, pool.offers), encoded.needs, pool.offers, fails)
        return np.nan_to_num(pool.offers.max_rows(met.T).T)
    words = scorer.pool.encoder.encode_texts(encoded.passages.texts.tolist()).likeness(pool.lexical)
    meaning = np.nan_to_num(pool.passages.max_rows(pool.passages.vectors.cosines(encoded.passages.vectors)).T)
    return np.asarray(WORDS * words + (1.0 - WORDS) * np.maximum(meaning, 0.0))


def _leading(limit: Limit, order: Positions, size: int) -> Positions:
    """Return the best candidates of the best groups, at most `size` of each and so many groups."""
    if limit.is_sum:  # those that add least to one at most, or most to one at least
        return np.argsort(-limit.groups[0] if limit.is_least else limit.groups[0], kind="stable")[:size]
    firsts = [order[group[order] > 0][:size] for group in limit.groups]
    place = np.argsort(order)
    firsts = sorted((part for part in firsts if len(part)), key=lambda part: int(place[part[0]]))
    return np.concatenate([order[:0], *firsts[:size]])


def _covers(explainer: Explainer, seeker: Seeker, listed: Listed, close: Floats) -> list[list[Cover]]:
    needs, ours = seeker[1].needs, seeker[1].passages
    if not len(needs.texts):
        pool = explainer.scorer.pool.organisations.passages
        return [
            [*_passage_covers(ours, pool.take(np.array([position])), close[:, position])]
            for position in listed.selected.positions.tolist()
        ]
    keys = [*zip(needs.texts, needs.categories, strict=True)]
    found = explainer.needs_met(*seeker, listed)
    by_need = [{(one.need, one.category): _cover(one) for one in matches} for matches in found]
    return [[matches[key] for key in keys] for matches in by_need]


def _cover(match: NeedMatch) -> Cover:
    """Return what an offer is worth: its chance to be an answer, of which its level decides one half."""
    if match.chance < LIKELY:
        return Cover(match.need, match.importance)
    coverage = match.chance * (1.0 + match.level / LEVELS) / 2.0
    answer = "near" if match.answer == "open" and match.chance >= CLOSE else match.answer
    return Cover(match.need, match.importance, match.offer, coverage, answer)


def _passage_covers(ours: Ragged, theirs: Ragged, close: Floats) -> Iterator[Cover]:
    for text, row, value in zip(ours.texts, ours.vectors.cosines(theirs.vectors), close, strict=True):
        nearest = str(theirs.texts[row.argmax()]) if len(row) else ""
        answer = "near" if row.max(initial=0.0) >= ALIKE else "open"
        yield Cover(str(text), LEVELS, nearest, float(value), answer)


def _problem(scorer: PoolScorer, listed: Listed, covers: Sequence[Sequence[Cover]], size: int) -> TeamProblem:
    positions = listed.selected.positions
    pairs = scorer.pool.pairs(positions, columns=positions)
    conflict = np.nan_to_num(pairs.seeker_side[..., COMPONENT_NAMES.index("conflict")])
    values = np.array([[cover.coverage for cover in row] for row in covers], dtype=float)
    return TeamProblem(
        importance=np.array([cover.importance for cover in covers[0]], dtype=float),
        covers=values.reshape(len(positions), -1).T,
        fit=listed.scores.score,
        conflict=np.round((conflict + conflict.T) / 2.0, DECIMALS),
        allowed=pairs.eligible & pairs.eligible.T,
        size=size,
    )


def _table(
    explainer: Explainer,
    seeker: Seeker,
    listed: Listed,
    covers: Sequence[Sequence[Cover]],
    chosen: Positions,
    messages: Messages,
) -> pd.DataFrame:
    n_able = [sum(one.answer != "open" for one in need) for need in zip(*covers, strict=True)]
    best = [max(chosen, key=lambda at: covers[at][need].coverage) for need in range(len(n_able))]
    part = listed.keep(np.isin(np.arange(len(covers)), chosen))
    records = records_of(explainer.scorer.pool.frame.iloc[part.selected.positions])
    remarks = explainer.remarks(*seeker, part)
    rows: list[tuple[Any, ...]] = []
    for at, record, mutual, said in zip(chosen, records, part.scores.mutual, remarks, strict=True):
        columns = Recommendation.REASONS_SEEKER, Recommendation.CONCERNS
        texts = ["; ".join(render_all(said[column][:SHOWN], messages)) for column in columns]
        whose = (record[Profile.ID], record[Profile.NAME], mutual, *texts)
        own = zip(covers[at], best, n_able, strict=True)
        said_to = [
            (*cover, cover.answer in COVERED and n == 1) for cover, one, n in own if one == at and cover.offer
        ]
        rows += [(*whose, *cover) for cover in said_to or [("", 0, "", 0.0, "", False)]]
    left = [covers[at][need] for need, at in enumerate(best) if not covers[at][need].offer]
    rows += [("", "", np.nan, "", "", *cover, False) for cover in left]
    table = pd.DataFrame(rows, columns=[*COLUMNS[1:]])
    order = table.assign(sum=table.groupby("candidate")["coverage"].transform("sum"))
    return table.loc[order.sort_values(["sum", "mutual"], ascending=False, kind="stable").index]


def _infeasible(size: int, n_candidates: int, shortfalls: Sequence[tuple[Limit | None, int]]) -> ConfigError:
    missed = [
        f"{limit.text} is missed by {short:,}" if limit else f"{short:,} members are missing"
        for limit, short in shortfalls
    ]
    return ConfigError(
        f"limits must be ones that a team of {size:,} can keep to; got none among the {n_candidates:,} best "
        f"candidates: {', '.join(missed)}. Relax a limit or make the team smaller."
    )
