"""The words by which German, French, Spanish, Ukrainian and Russian texts report what somebody says.

For the audit alone. Of a verb the forms of the third person are listed, by stem and ending; a form that is a noun as
well counts only where no article or preposition stands before it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

__all__ = ["reports"]


class _Tongue(NamedTuple):
    stems: str
    """Stems of regular verbs of saying, separated by blanks."""
    endings: str
    """The endings that follow them, as alternatives of a pattern."""
    forms: str
    """Further forms, separated by blanks."""
    sources: str
    """Phrases that name a source, as alternatives of a pattern."""
    not_after: str = ""
    """Words after which a form is a noun, an infinitive or somebody's own "I", separated by blanks."""
    split: str = ""
    """A pattern for verbs in two parts: "räumte ... ein"."""
    capitals: bool = False
    """Whether nouns are told by their capital, so that verbs are looked up as they are written."""


_TONGUES: Final = {
    "de": _Tongue(
        """sag erklär beteuer warn forder behaupt beton bericht dementier äußer droh versicher mahn mein glaub verkünd
        kritisier lob frag antwort entgegn erwider bekräftig bestätig prophezei vermut beklag bedauer begrüß
        beschuldig unterstell befürcht verlang schilder erläuter""",
        r"e?t|e?te|e?ten|en",
        """sprach schrieb schreibt schrieben bestritt bestritten bestreitet nannte nannten nennt rief riefen ruft
        versprach verspricht bezeichnete bezeichnet verurteilte verurteilt hieß heißt gesagt angekündigt eingeräumt
        mitgeteilt zurückgewiesen sei seien habe werde könne müsse dürfe solle wolle""",
        r"(?:laut|angeblich|so\s(?:der|die|das)\s\w{1,30}(?=[.,])|im\surteil|den\sworten|aus\ssicht|dem\svernehmen\snach)\b"
        r"|nach\s(?:\w{1,12}\s){0,2}?(?:angaben|worten|ansicht|meinung|einschätzung|aussagen?|darstellung|überzeugung)\b"
        r"|zufolge\b",
        "ich zu es",
        r"(?:kündig|räum|teil|füg|wirf|deut|stell|geb|heb)(?:t|te|ten|en|et|ete|eten)\b[^.!?]{0,200}?"
        r"\b(?:an|ein|mit|hinzu|hervor|vor|klar)\s?(?=[,.:;!?]|$|dass\b)"
        r"|(?:hob|hoben|gab|gaben|gibt|wies|wiesen|weist|warf|warfen|macht|machte|machten)\b[^.!?]{0,200}?\b(?:an|hervor|bekannt|zu|zurück|vor|klar|deutlich|verantwortlich)\s?(?=[,.:;!?]|$|dass\b)",
        capitals=True,
    ),
    "fr": _Tongue(
        """déclar affirm annonc annonç assur expliqu soulign ajout précis indiqu rappell rappel confirm estim réclam
        accus dénonc dénonç condamn critiqu rejet rejett réfut contest insist avou martel juge jug souhait propos
        demand exig remarqu révél racont répliqu rétorqu plaid évoqu insinu""",
        "e|ent|a|èrent|ait|aient|é",
        """dit disent disait disaient dirent soutient soutiennent soutenait soutenu prétend prétendent prétendait
        prétendu promet promettent promis répond répondent répondit répondu écrit écrivait écrivent admet admettent
        admis reconnaît reconnaissent reconnu craint craignent croit croient pense pensent pensait nie nient niait
        nié menace menacent menacé salue saluent salué crie cria avertit averti dément démentent démentait démentit
        démenti""",
        r"(?:selon|de\ssource|à\sen\scroire|parl(?:e|ent|é|a|ait)\sd(?:e|['’]\w{1,20})|doutent?\s(?:de|que))\b|d['’]après\b|(?:aux\syeux|aux\sdires|de\sl['’]avis)\sd",
        "le la les l un une des du de sa son ses leur leurs cette ce cet ces à au en toute par",
    ),
    "es": _Tongue(
        """declar afirm anunci asegur explic subray señal agreg indic record confirm estim reclam acus denunci conden
        critic rechaz manifest apunt asever precis aclar coment contest amenaz jur consider opin inform revel relat
        reiter enfatiz destac recalc pregunt lament culp calific""",
        "ó|aron|a|an|aba|aban|ado",
        """dijo dijeron dice dicen decía decían dicho sostuvo sostuvieron sostiene sostienen sostenía propuso
        propusieron propone proponen negó negaron niega niegan cree creen creía piensa piensan insistió insistieron
        insiste insisten admitió admitieron admite admiten escribió escribieron escribe añadió añadieron añade
        añaden prometió prometieron promete prometen exigió exigieron exige exigen reconoció reconocieron reconoce
        reconocen respondió respondieron responde responden advirtió advirtieron advierte advierten desmintió
        desmintieron desmiente desmienten pidió pidieron pide piden""",
        r"(?:según|presuntamente|supuestamente|habl(?:a|an|ó|aron)\sde)\b|(?:a\sjuicio|en\spalabras|en\sopinión|a\sdecir)\sde|en\ssu\sopinión\b"
        r"|de\sacuerdo\scon\s(?!(?:el|los|lo)\s(?:plan|acuerdo|planes|previsto)\b)",
        "el la los las un una unos unas de del su sus esta este esa ese cada toda por en con sin al",
    ),
    "uk": _Tongue(
        """сказа заяви заявля повідоми повідомля наголоси наголошува підкресли підкреслюва запевни запевня зазначи
        зазнача дода поясни пояснюва відпові спита запита попереди попереджа пообіця обвинувати звинувати
        звинувачува заклика вимага визна визнава заперечи заперечува спростува підтверди написа розпові оголоси
        погрожува стверджува вважа каза говори нагада уточни припусти розкритикува засуди назва обіця відкину
        привіта віта""",
        "в|ла|ло|ли",
        """заявляє заявляють повідомляє повідомляють запевняє запевняють зазначає зазначають вважає вважають вимагає
        вимагають закликає закликають визнає визнають обіцяє обіцяють наголошує наголошують підкреслює підкреслюють
        стверджує стверджують заперечує заперечують погрожує погрожують пояснює пояснюють попереджає попереджають
        звинувачує звинувачують спростовує спростовують підтверджує підтверджують каже кажуть говорить говорять пише
        пишуть переконаний переконана переконані мовляв""",
        r"за\s(?:\w{1,10}\s)?(?:словами|даними|інформацією|оцінк\w{1,3}|повідомленн\w{1,3})\b|зі\sслів\b|нібито\b"
        r"|на\s(?:\w{1,10}\s)?(?:думку|переконання)\b",
    ),
    "ru": _Tongue(
        """сказа заяви заявля сообщи сообща подчеркну подчеркива завери заверя отмети отмеча добави поясни поясня
        ответи спроси предупреди предупрежда пообеща обвини обвиня призва призыва потребова требова призна признава
        опроверга подтверди подтвержда написа рассказа объяви утвержда угрожа счита говори напомни уточни осуди
        раскритикова отрица возрази назва обеща приветствова""",
        "л|ла|ло|ли",
        """отверг отвергла отвергли опроверг опровергла опровергли заявляет заявляют сообщает сообщают подчеркивает
        подчеркивают отмечает отмечают поясняет поясняют предупреждает предупреждают обвиняет обвиняют призывает
        призывают требует требуют признает признают опровергает опровергают подтверждает подтверждают утверждает
        утверждают угрожает угрожают считает считают напоминает напоминают отрицает отрицают обещает обещают говорит
        говорят пишет пишут убежден убеждена убеждены убеждён мол дескать""",
        r"по\s(?:\w{1,10}\s)?(?:словам|данным|мнению|информации|сообщени\w{1,2}|оценк\w{1,3}|утверждени\w{1,2})\b"
        r"|со\sслов\b|якобы\b",
    ),
}


def reports(sentence: str, language: str | None) -> bool:
    """Whether a sentence of one of these languages reports what somebody says."""
    if language not in _TONGUES:
        return False
    verbs, sources = _patterns(language)
    return sources.search(sentence) is not None or verbs.search(sentence) is not None


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    tongue = _TONGUES[language]
    not_after = "".join(rf"(?<!\b{word}\s)(?<!\b{word}['’])" for word in tongue.not_after.split())
    forms = [rf"(?:{'|'.join(tongue.stems.split())})(?:{tongue.endings})", *tongue.forms.split()]
    whole = rf"(?:{'|'.join(forms)})(?!\w|\sdenn\b)" + (f"|{tongue.split}" if tongue.split else "")
    return (
        re.compile(rf"(?<![\w-]){not_after}(?:{whole})", 0 if tongue.capitals else re.IGNORECASE),
        re.compile(rf"(?<!\w)(?:{tongue.sources})", re.IGNORECASE),
    )
