"""Fictional public bodies with long texts in Portuguese, unlike the organisations of the demo."""

from typing import Any, Final

import pandas as pd

from matcher.columns import Profile
from matcher.errors import ConfigError
from matcher.profiles import Resource
from simulation.draws import between, uniform
from simulation.planted import InputDrift

COUNTRY: Final = "Timor-Leste"
REGIONS: Final = ("Bobonaro", "Covalima", "Oecusse", "Baucau", "Lautém", "Ermera")
SENTENCES: Final = (
    "Servimos os sucos da fronteira, onde a estrada fica cortada três meses por ano.",
    "A equipa tem nove funcionários e dois veículos, um deles parado desde a última cheia.",
    "Registamos cada pedido em papel e passamos os dados para o computador uma vez por semana.",
    "No ano passado atendemos mais de quatro mil famílias, quase todas de agricultores de café e milho.",
    "O orçamento vem do Estado e chega tarde, por isso planeamos por trimestre.",
    "Trabalhamos com os chefes de aldeia, que conhecem as casas melhor do que qualquer mapa.",
    "Temos um armazém com espaço livre e uma sala de reuniões com energia solar.",
    "Falta-nos quem saiba ler as imagens de satélite que recebemos sem pagar.",
    "As formações que damos duram cinco dias e acabam sempre com uma visita ao terreno.",
    "Publicamos as contas no quadro da entrada e lemos os números em voz alta na assembleia.",
    "Queremos que os documentos passem a circular nas duas línguas oficiais.",
    "A maior queixa dos comerciantes é a espera no posto, que pode levar um dia inteiro.",
    "Um acordo só vale para nós se disser quem paga a manutenção depois do segundo ano.",
    "As mulheres vendedoras pedem um mercado coberto mais perto da paragem dos autocarros.",
)
VISIONS: Final = (
    "Uma fronteira em que se passa em meia hora e sem pagar a ninguém por fora.",
    "Cada suco com água, registo civil e estrada aberta todo o ano.",
    "Serviços públicos que as pessoas entendem e podem cobrar.",
)
GOALS: Final = (
    "Reduzir a espera média para metade até ao fim do próximo ano.",
    "Ligar os seis postos a um só registo.",
    "Formar dois técnicos por município.",
)
SECTORS: Final = (
    *("administração municipal", "alfândegas", "registo civil"),
    *("estradas rurais", "mercados fronteiriços", "proteção social"),
)
NEEDS: Final = ("reputation", "research", "policy")  # few of the demo's organisations offer them
OFFERS: Final = ("facilities", "distribution")
LENGTH: Final = 10  # sentences of a mission
PREFIX: Final = "novo"


def make_newcomers(profiles: pd.DataFrame, drift: InputDrift, seed: int) -> pd.DataFrame:
    """Return profiles of the organisations that an input drift brings, with the ids "novo-001" and so on.

    Each copies numbers, dates and further columns from one of the `profiles`, drawn at random.
    `ConfigError` if an id is taken.
    """
    taken = int(profiles[Profile.ID].str.startswith(f"{PREFIX}-").sum())
    if taken:
        raise ConfigError(
            f"ids must not start with {PREFIX}-, which newcomers' do; got {taken} that do. Rename them."
        )
    rows: list[dict[str, Any]] = profiles.to_dict("records")  # type: ignore[assignment]
    ids = [f"{PREFIX}-{number:03d}" for number in range(1, drift.organisations + 1)]
    made = [_newcomer(id_, rows[between(0, len(rows) - 1, seed, "model", id_)], seed) for id_ in ids]
    return pd.DataFrame(made, columns=profiles.columns).astype(profiles.dtypes.to_dict())


def _newcomer(id_: str, model: dict[str, Any], seed: int) -> dict[str, Any]:
    region = _pick(REGIONS, seed, "region", id_)
    order = sorted(SENTENCES, key=lambda sentence: uniform(seed, "sentence", id_, sentence))
    return {
        **model,
        Profile.ID.value: id_,
        Profile.NAME.value: f"Serviço Municipal {id_.removeprefix(f'{PREFIX}-')} de {region}",
        Profile.KIND.value: "public",
        Profile.SECTOR.value: (_pick(SECTORS, seed, "sector", id_),),
        Profile.PRODUCTS.value: (),
        Profile.MARKETS.value: (),
        Profile.LANGUAGES.value: ("pt", "tet"),
        Profile.VALUES.value: ("transparência", "serviço público"),
        Profile.EXCLUDES.value: (),
        Profile.COUNTRY.value: COUNTRY,
        Profile.REGION.value: region,
        Profile.WORKING_STYLE.value: "por escrito",
        Profile.VISION.value: _pick(VISIONS, seed, "vision", id_),
        Profile.MISSION.value: " ".join(order[:LENGTH]),
        Profile.GOALS_SHORT.value: _pick(GOALS, seed, "goals", id_),
        Profile.GOALS_LONG.value: _pick(VISIONS, seed, "long goals", id_),
        Profile.INDICATORS.value: "tempo de espera, pedidos resolvidos por mês",
        Profile.NEEDS.value: _resources(NEEDS, seed, "need", id_),
        Profile.OFFERS.value: _resources(OFFERS, seed, "offer", id_),
        Profile.EVIDENCE.value: (),
        Profile.FLAG.value: "none",
    }


def _resources(categories: tuple[str, ...], seed: int, *names: str) -> tuple[Resource, ...]:
    texts = {category: _pick(SENTENCES, seed, *names, category) for category in categories}
    return tuple(
        Resource(category, text, between(2, 5, seed, "weight", *names, category))
        for category, text in texts.items()
    )


def _pick(listed: tuple[str, ...], seed: int, *names: str) -> str:
    return listed[between(0, len(listed) - 1, seed, *names)]
