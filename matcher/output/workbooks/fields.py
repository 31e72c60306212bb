"""What people are asked for in the template, column by column. English is the source."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from matcher.columns import CATEGORIES, FLAGS, KINDS, Profile

REQUIRED: Final = "required"
ONE_OF_FOUR: Final = "fill at least one of these four"
OPTIONAL: Final = "optional"


class Field(NamedTuple):
    """One column of the template.

    Attributes
    ----------
    column : Profile
    header : str
        A name of the column that the reader knows.
    need : str
        Whether it must be filled.
    advice : str
        What to write, in full sentences.
    """

    column: Profile
    header: str
    need: str
    advice: str


FIELDS: Final = (
    Field(
        Profile.ID,
        "ID",
        REQUIRED,
        "A short name that no other row has, in letters and digits. Keep it the same from year to year: "
        "results and outcomes name the organisation by it.",
    ),
    Field(Profile.NAME, "Name", REQUIRED, "The full name of the organisation."),
    Field(
        Profile.VISION,
        "Vision",
        ONE_OF_FOUR,
        "What should be different one day because your organisation exists. Write one or two sentences.",
    ),
    Field(
        Profile.MISSION,
        "Mission",
        ONE_OF_FOUR,
        "What you do, for whom and where. Concrete sentences find better partners than slogans.",
    ),
    Field(
        Profile.NEEDS,
        "Needs",
        ONE_OF_FOUR,
        "What you lack and a partner could bring, as category: text (n); category: text. The number n says "
        "how important it is, from 1 (useful) to 5 (nothing works without it).",
    ),
    Field(
        Profile.OFFERS,
        "Offers",
        ONE_OF_FOUR,
        "What you can bring to a partnership, as category: text (n); category: text. The number n says how "
        "strong you are in it, from 1 (a beginning) to 5 (you are known for it).",
    ),
    Field(
        Profile.KIND, "Kind", OPTIONAL, "Choose from the list: business, education, social, public or other."
    ),
    Field(Profile.SECTOR, "Sector", OPTIONAL, "The fields you work in. Put a semicolon between two of them."),
    Field(Profile.COUNTRY, "Country", OPTIONAL, "The country in which your organisation is based."),
    Field(Profile.REGION, "Region", OPTIONAL, "The province or region, spelt as it is usually spelt."),
    Field(
        Profile.LANGUAGES,
        "Languages",
        OPTIONAL,
        "The languages in which you can work with a partner, as names or codes. Put a semicolon between "
        "two of them.",
    ),
    Field(
        Profile.VALUES,
        "Values",
        OPTIONAL,
        "What you stand for and expect of a partner. Put a semicolon between two of them.",
    ),
    Field(
        Profile.GOALS_SHORT,
        "Short-term goals",
        OPTIONAL,
        "What you want to reach within about a year.",
    ),
    Field(
        Profile.GOALS_LONG, "Long-term goals", OPTIONAL, "What you want to reach within three to five years."
    ),
    Field(
        Profile.INDICATORS,
        "Indicators",
        OPTIONAL,
        "By what you will see that the goals are reached. Numbers that you count already are best.",
    ),
    Field(
        Profile.PRODUCTS,
        "Products",
        OPTIONAL,
        "What you sell or provide. Put a semicolon between two of them.",
    ),
    Field(
        Profile.MARKETS,
        "Markets",
        OPTIONAL,
        "To whom you sell or provide it. Put a semicolon between two of them. Two organisations with the "
        "same products for the same markets are recognised as competitors.",
    ),
    Field(
        Profile.CHANNELS,
        "Communication channels",
        OPTIONAL,
        "How you like to keep in touch. Put a semicolon between two of them.",
    ),
    Field(
        Profile.WORKING_STYLE,
        "Way of working",
        OPTIONAL,
        "How you decide and work together: quickly or by consensus, formally or informally.",
    ),
    Field(Profile.STAFF, "Number of staff", OPTIONAL, "How many people work for you. Write digits only."),
    Field(
        Profile.BUDGET,
        "Annual budget",
        OPTIONAL,
        "The budget of one year, in the same currency in every row. Write digits only, without dots, commas "
        "or a currency sign.",
    ),
    Field(Profile.FOUNDED, "Year founded", OPTIONAL, "The year in four digits."),
    Field(
        Profile.CAPACITY_MIN,
        "Minimum capacity",
        OPTIONAL,
        "How many new partnerships a year you want at least. Write digits only.",
    ),
    Field(
        Profile.CAPACITY_MAX,
        "Maximum capacity",
        OPTIONAL,
        "How many new partnerships a year you can take on at most. Write digits only; not less than the "
        "minimum.",
    ),
    Field(
        Profile.EVIDENCE,
        "Track record",
        OPTIONAL,
        "What you have achieved, who says so, and when, as claim (source, date); claim (source, date). "
        "Write the date as 2024-03-01, 2024-03 or 2024.",
    ),
    Field(
        Profile.EXCLUDES,
        "Exclusions",
        OPTIONAL,
        "The IDs of organisations with which you must never be matched. Put a semicolon between two of them.",
    ),
    Field(
        Profile.UPDATED,
        "Last updated",
        OPTIONAL,
        "The day on which this row was last looked through, as 2024-03-01 or 01/03/2024. It must not lie in "
        "the future.",
    ),
    Field(
        Profile.FLAG,
        "Flag",
        OPTIONAL,
        "For those who keep the table, not for the organisation itself. Choose from the list: none, "
        "observation, yellow or red. Red is never recommended.",
    ),
    Field(
        Profile.LEAD,
        "Lead partner",
        OPTIONAL,
        "Only for an opportunity, that is a task or call that needs partners and has a row of its own: the "
        "ID of the organisation that runs it. Leave it empty for an organisation.",
    ),
)
"""In the order of the template: first what is asked of everybody."""

KIND_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": KINDS,
    "id": ("bisnis", "pendidikan", "sosial", "pemerintah", "lainnya"),
}
FLAG_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": FLAGS,
    "id": ("tidak ada", "observasi", "kuning", "merah"),
}
CATEGORY_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": CATEGORIES,
    "id": (
        "pendanaan",
        "keahlian",
        "jaringan",
        "tenaga",
        "teknologi",
        "data",
        "fasilitas",
        "konten",
        "distribusi",
        "reputasi",
        "kebijakan",
        "pelatihan",
        "bahan",
        "riset",
    ),
}
"""Words to choose from, by language, in the order of `matcher.columns`: those that the reader knows."""

CATEGORY_MEANINGS: Final = (
    "money: grants, loans, investment, sponsorship",
    "knowledge and experience of particular people",
    "contacts and access to groups, officials, buyers or members",
    "working time: staff, volunteers, interns",
    "software, machines, technical solutions",
    "figures, maps, records that others can use",
    "rooms, land, laboratories, vehicles, equipment",
    "texts, films, teaching materials",
    "transport, storage, shops, ways to the customer",
    "a name that opens doors, certificates",
    "permits, regulations, speaking up to authorities",
    "courses, mentoring, internships",
    "raw materials, seeds, goods",
    "studies, trials, measuring of effects",
)
"""What belongs to each category, in the same order."""

TITLE: Final = "How to fill in this workbook"

STEPS: Final = (
    "Fill in the first sheet: one row for each organisation, below the header. Leave the header as it is; "
    "rest the mouse on it to see what belongs there.",
    "Only ID, name and at least one of vision, mission, needs and offers are required. All the rest makes "
    "the recommendations better. Leave a cell empty rather than write “n/a” or a dash.",
    "In lists, put a semicolon between two items: health; clean water; education. The order does not matter.",
    "Write needs and offers as category: text (n); category: text. The number n goes from 1 to 5; without "
    "it, 3 is taken. The categories are listed at the bottom of this sheet.",
    "A number that stands alone in parentheses at the end of a need or an offer is always taken for n. "
    "Write other numbers into the text: training: courses for 40 farmers (5).",
    "Write in English or Indonesian. One need in one's own words, with place and number, says more than a "
    "whole paragraph of general words.",
    "The third sheet shows two organisations, filled in. They are made up; copy nothing from them.",
    "When you are done, save the file as .xlsx. Whoever runs the matching can use it as it is.",
)

TABLE_HEADER: Final = ("Column", "Required?", "What to write", "Example")
CATEGORY_HEADER: Final = ("Category", "What belongs to it")
TITLES: Final = ("organisations", "instructions", "examples")
"""Names of the sheets, in their order."""

WRONG_CHOICE: Final = ("Not in the list", "Please choose one of: {words}.")
WRONG_NUMBER: Final = ("Not a number", "Please write a number of 0 or more, in digits only.")
