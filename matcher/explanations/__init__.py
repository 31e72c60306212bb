"""Why a pair is recommended, what to talk about, what is unknown; in English and Indonesian."""

from matcher.explanations.catalogue import LANGUAGES, Voice, check_lang
from matcher.explanations.narrator import Narrator
from matcher.explanations.pair import Pair, Party

__all__ = ["LANGUAGES", "Narrator", "Pair", "Party", "Voice", "check_lang"]
