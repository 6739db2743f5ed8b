"""The lexicon itself: groups of cues, each described, and the verbs by which somebody is quoted.

Every group in `LEXICON` says what it means, lists its cues and gives examples; an editor can read and change
it. A cue is lower case and is matched without regard to case:

    word        the word itself            demand*    any ending: demand, demands, demanding
    two words   in this order              only ... if   with at most four words between them

`summarizer.cues` looks them up in a text. Nothing here knows an article, a war or a name.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

__all__ = ["LEXICON", "REPORTING_VERBS", "Group", "alternatives", "finite_forms", "reporting_forms", "verb_forms"]


class Group(NamedTuple):
    """One group of cues."""

    name: str
    """How the code names it."""
    meaning: str
    """What a cue of this group shows, in one line."""
    cues: str
    """The cues, separated by commas or line breaks."""
    examples: tuple[str, ...]
    """Invented sentences that must match, checked by a test."""


REPORTING_VERBS: Final = """
    say tell declare state announce claim allege assert affirm add stress underline underscore emphasise
    emphasize note remark observe comment explain reply respond answer retort reiterate repeat recall write
    tweet report reveal disclose warn caution threaten vow pledge promise swear insist maintain argue
    contend believe think consider deem suggest propose recommend urge ask demand request appeal acknowledge
    admit concede confirm deny reject dismiss refute dispute accuse blame charge criticise criticize condemn
    denounce deplore lament regret praise welcome hail applaud predict forecast expect estimate reckon
    conclude indicate signal hint imply specify clarify describe characterise characterize label call agree
    point quote cite inform advise testify speculate fear hope wonder joke thunder continue recount proclaim
    mention opine assure determine term dub boast brand complain counter elaborate exclaim grumble mock object
    ridicule scoff taunt attest vouch liken express voice reaffirm
"""
"""Verbs by which a text gives somebody's words; `verb_forms` makes their written forms."""

IRREGULAR: Final = {
    "say": "says said saying",
    "tell": "tells told telling",
    "think": "thinks thought thinking",
    "write": "writes wrote written writing",
    "swear": "swears swore sworn swearing",
    "deem": "deems deemed deeming",
    "deny": "denies denied denying",
    "reply": "replies replied replying",
    "testify": "testifies testified testifying",
    "specify": "specifies specified specifying",
    "clarify": "clarifies clarified clarifying",
    "admit": "admits admitted admitting",
    "regret": "regrets regretted regretting",
    "agree": "agrees agreed agreeing",
    "signal": "signals signalled signaled signalling signaling",
    "label": "labels labelled labeled labelling labeling",
    "forecast": "forecasts forecasting",
}
"""Verbs whose written forms no rule makes, with those forms."""


def verb_forms(verb: str) -> tuple[str, ...]:
    """The written forms of a verb: say -> say, says, said, saying."""
    if verb in IRREGULAR:
        return (verb, *IRREGULAR[verb].split())
    if verb.endswith("e"):
        return verb, verb + "s", verb + "d", verb[:-1] + "ing"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"
    s = "es" if verb.endswith(("s", "x", "sh", "ch")) else "s"
    return verb, verb + s, verb + "ed", verb + "ing"


@cache
def reporting_forms() -> frozenset[str]:
    """Every written form of the reporting verbs."""
    return frozenset(form for verb in REPORTING_VERBS.split() for form in verb_forms(verb))


@cache
def finite_forms() -> frozenset[str]:
    """The forms that are no bare verb and no participle in -ing: "says", "said"."""
    return frozenset(form for form in reporting_forms() - set(REPORTING_VERBS.split()) if not form.endswith("ing"))


def alternatives(forms: Iterable[str]) -> str:
    """`forms` as the alternatives of a pattern, longest first."""
    return "|".join(sorted(forms, key=lambda form: (-len(form), form)))


_GROUPS: Final = (
    Group(
        "according",
        "names a source without a verb",
        """according to, in the words of, in the eyes of, in the judgement of, in the judgment of, is convinced,
        are convinced, is sure, are sure, sees, in the view of, in the opinion of, in his opinion, in her
        opinion, in their opinion, in his view, in her view, in their view, in a statement, in an interview,
        in a letter, in a speech, in a communique, in a press release, sources said, as quoted by, told
        reporters, for his part, for her part, for its part, rumour*, rumor*""",
        ("According to the rebels, the road is closed.", "He spoke of it in a letter to the council."),
    ),
    Group(
        "terms",
        "language that can only mean terms: something first, or nothing",
        """only if, will only, would only, can only, could only, only when, only after, only once, only ... if,
        only ... after, only ... when, unless, on condition that, on the condition, on one condition,
        condition for, condition of, conditions for, conditions set, 's conditions, s' conditions, their
        conditions, its conditions, right conditions, new conditions, all conditions, conditional on,
        conditioned on, prior condition*, precondition*, pre-condition*, pre-requisite*, prerequisite*, sine
        qua non, provided that, provided the*, provided all, provided it, provided his, provided its,
        providing that, in exchange for, in return for, in return, ultimatum*, must first, first must, first
        be, insist* that ... first, insist* ... first, first withdraw*, first ... before, not before, no ...
        until, not ... until, no ... before, no ... without, never ... until, until after, before any, before
        it sign*, before they sign*, before ... can, before ... could, before ... begin, on its terms, on our
        terms, on their terms, on his terms, terms for, terms of, terms set, its terms, contingent on, hinge*
        on, depend* on, subject to, linked to, as long as, so long as, while ... continue*, in order for,
        necessary for, required for, would agree if, would agree to ... if, peace terms, red line*, make* ...
        condition*, demand* ... as a, excluded from, shut out of, understanding that, the price of, price for,
        price of peace, the price is, price would be, nothing short of, nothing less than, no sooner than, not
        one ... earlier, not a day ... earlier, not a minute ... before, first ... then, must include, must
        ensure, must guarantee, must contain, would have to include, would have to guarantee, has to include,
        bare minimum, bottom line, non-negotiable, not negotiable, in advance of, failing which, without
        which, short of that, otherwise there, or there will be no, or there would be no, given ... until, has
        until, have until, had until, before he would, before they would, before it would, before we would,
        before she would, before ... agree*, before ... sit, before ... talk*, before ... negotiat*, before
        ... table, and then we, what it would take, it would take, is essential for, indispensable, a
        requirement, requirements for, the key to, under no other, only under, only through, only in return,
        only in exchange, could not ... unless, cannot ... unless, cannot ... while, could not ... while,
        there could be no, there can be no, can be no ... while, no ... while, no ... as long as, no ... so
        long as, conditions ... met, demands ... met, demands are met, terms ... met, met its demands, met his
        demands, met their demands, guarantees that, assurances that, in the absence of, in swap for""",
        (
            "They will come only if the guns fall silent.",
            "He demanded the release of all prisoners in exchange for a truce.",
            "There will be no talks until the siege ends.",
        ),
    ),
    Group(
        "if",
        "a plain condition, which may concern anything",
        """if, once, provided, as soon as, in case, in the event, should ... fail, when ... leave*, when ...
        withdraw*, when ... stop*, when ... end*, when all, the day, the moment, in that case, then we""",
        ("If they stop, we stop.", "The gate opens once the convoy is searched."),
    ),
    Group(
        "no_conditions",
        "an explicit refusal or absence of preconditions",
        """without precondition*, without pre-condition*, without condition*, without any condition*, without any
        precondition*, without prior condition*, no precondition*, no conditions, no pre-condition*, no prior
        condition*, unconditional*, not ... have to ... for ... to begin, reject* ... condition*, reject* ...
        terms, refus* ... condition*, refus* ... terms, accept no condition*, with no conditions, no strings,
        not accept ... conditions, not accept ... terms, without ... strings, reject* ... ultimatum*, reject*
        ... demand*, refus* ... demand*, reject* ... proposal*, no conditions attached, not ... our terms,
        dismiss* ... demand*, dismiss* ... condition*, turn* down ... demand*, turned down ... offer*, not a
        condition""",
        ("They offered dialogue without preconditions.", "The junta rejected the rebels' terms."),
    ),
    Group(
        "demand",
        "something asked of the other side",
        """demand*, insist*, require*, must, has to, have to, had to, need to, needs to, should, ought to,
        want*, seek*, call* for, call* on, urge*, ask* for, in order to, want* ... to leave, offer*,
        propos*, ready to, ready for, willing to, prepared to, would agree, will agree, would accept,
        will accept, agree* to ... if, would stop, would sign, would order, would withdraw, would end,
        can begin, can start""",
        ("They demanded safe passage.", "The council is ready to hand over the town."),
    ),
    Group(
        "talks",
        "talks and those who hold them",
        """talk, talks, negotiat*, dialogue*, dialog, peace process, peace conference, conference table,
        negotiating table, at ... table, to the table, sit down with, sit down to, summit*, mediat*, meetings
        in search, direct contacts, peace initiative, peace plan, peace proposal*, table, the meeting, a
        meeting, meetings, hold a meeting, consultation*, envoy*, good offices, face to face, delegation*""",
        ("The dialogue will resume.", "Negotiators met again."),
    ),
    Group(
        "ceasefire",
        "a pause in the fighting",
        """ceasefire*, cease-fire*, cease fire, truce*, armistice*, halt to hostilities, cessation of
        hostilities, end hostilities, end of hostilities, end to hostilities, stop the shelling, stop
        fighting, lay down ... arms, lay down ... weapons, humanitarian pause, de-escalat*, stop firing,
        freeze ... conflict, freeze ... hostilities, halt ... fighting, suspend* ... attacks, stop military
        operations, stop ... attacks, stop ... shelling, stop ... bombing, pause in the fighting, pause in
        fighting, hold ... fire, silence ... guns, put down ... arms, put down ... weapons, end ... violence,
        renounce violence, halt ... attacks, halt ... violence, stop shooting, ceasing ... struggle, end ...
        hostilities, nonaggression, non-aggression, cooling-off""",
        ("A truce was offered.", "They would end hostilities at noon."),
    ),
    Group(
        "agreement",
        "a deal or a document",
        """agreement*, accord, accords, deal, deals, treaty, treaties, pact, settlement, memorandum, memoranda,
        protocol, compromise*, reconciliation, political solution, negotiated solution, peaceful solution,
        sign, signed, signing, proposal*, roadmap, road map, peace plan, negotiated""",
        ("The accord was signed.", "No settlement is in sight."),
    ),
    Group(
        "end_of_war",
        "an end of the war",
        """end of the war, end the war, ending the war, end to the war, war can end, war will end, war could end,
        war would end, war to end, stop the war, end of the conflict, end the conflict, end to the conflict,
        ending the conflict, conflict can, conflict ... ended, conflict ... end, war ... end, war ... ended,
        war ... over, peace, end the fighting, end of the fighting, end to the fighting, end ... fighting, end
        the violence, end to the violence, ending ... violence, end of hostilities, stop fighting, end the
        siege, postwar, post-war""",
        ("The war can end tomorrow.", "Peace is far away."),
    ),
    Group(
        "concession",
        "what is usually demanded as a term: withdrawal, release, disarmament, recognition, end of a siege",
        """withdraw*, pull* out, pull* back, pullout, leave, leaves, left, leaving, go home, releas*, free,
        freed, freeing, disarm*, demobili*, hand over, hand* ... over, turn over, turning over, surrender*,
        lift*, recogni*, hostage*, prisoner*, amnesty, step* down, resign*, sanctions, blockade, siege, stop*,
        reopen*, demilitari*, guarantee*, concession*, evacuat*, let ... through, let ... pass, let ... in,
        allow* ... access, access, give back, gives back, giving back, give up, gives up, giving up, return
        of, returned, handed over, compensat*, monitor*, observers, verif*, elections, power-sharing,
        autonomy, independence, dismantl*, halt*, to cease, must cease, cease all, ceases, ceasing, end of the
        occupation, occupation, move back, moved back, go back, goes back, went back, drop*, renounc*,
        disband*, apolog*, recognition, safe passage, corridor*, inspect*, extradit*, stand trial, trials,
        status, sovereignty, territorial integrity, peacekeeper*, border crossing*, ceded, cede*""",
        ("They want foreign troops to leave.", "All prisoners must be released."),
    ),
    Group(
        "military",
        "the military situation: forces, means, events, losses",
        """front, fronts, front line*, frontline*, offensive*, counteroffensive*, counter-offensive*, troops,
        forces, army, armies, soldier*, battalion*, brigade*, division, divisions, garrison*, regiment*,
        militia*, fighter, fighters, guerrilla*, insurgent*, rebel, rebels, terrorist*, mercenar*, conscript*,
        reservist*, reserves, casualt*, losses, dead, killed, kill, kills, killing, wounded, injured, death
        toll*, bodies, weapon*, arms, missile*, rocket*, artillery, shell*, drone*, tank, tanks, armour,
        armor, ammunition, warplane*, aircraft, jets, navy, navies, naval, fleet*, bomb*, airstrike*, air
        strike*, strike, strikes, attack*, assault*, ambush*, raid*, captur*, seiz*, advanc*, retreat*,
        withdraw*, encircl*, surround*, destroy*, defeat*, victor*, conquer*, invad*, invasion, mobili*,
        deploy*, mass, massing, massed, strength, morale, supply, supplies, logistics, territor*, border,
        positions, foothold, bridgehead, winter campaign, spring campaign, campaign, military, combat,
        battle*, fighting, war, hostilities, enemy, adversary, operation, operations, control, controls,
        stronghold*, tactical, nuclear, explosion*, blast*, terror, gaining ground, caliphate, sabotage*,
        mines, detainee*, columns, combatants, besieg*, consolidat*, stalemate, deadlock*, gunner*, gunfire,
        sniper*, patrol*, troop, gunmen, outpost*, trench*, pocket, tide of, isolated, cut off, toll, deaths,
        fatalit*, warship*, torpedo*, submarine*, air base*, airbase*, helicopter*, gunship*, checkpoint*,
        manpower, recruit*, desert*, lull, siege*, push, incursion*, infiltrat*, capabilit*, fortif*,
        minefield*, barrage*, bombard*, shelled, fire, firing, rounds, rifles, machine gun*, machinegun*,
        mortar*, howitzer*, armored, armoured, convoy*, ceasefire violation*, violations, foray*,
        counterattack*, counter-attack*, frontier, grip, ground, flank*, momentum, insurgency, resistance,
        resupply, reinforce*, reinforcement*, equipment, ships, vessels, bases, base, gains, liberat*,
        recaptur*, retak*, retook, regain*, overrun*, overran, fallen, toppled, militar*, arsenal*, warhead*,
        uranium, enrich*, launcher*, pilots, planes""",
        ("The garrison is short of ammunition.", "Losses are heavy at the front."),
    ),
    Group(
        "parties",
        "military words that only name a party or the war; they do not by themselves speak of the situation",
        """rebel, rebels, guerrilla*, insurgent*, militia*, terrorist*, army, armies, military, war, border,
        territor*, soldier*, fighter, fighters, troops, forces, enemy, conscript*, mercenar*, attack,
        terror, sabotage*, mines""",
        ("The rebels and the army spoke of the war.",),
    ),
    Group(
        "judgement",
        "an estimate, an observation or a forecast rather than a wish",
        """likely, unlikely, probabl*, possibl*, expect*, appear*, seem*, estimat*, believ*, think*, thought,
        suspect*, reckon*, predict*, forecast*, assess*, plan to, plans to, planning to, plan*, prepar*, aim*,
        intend*, intent*, could, might, may, would aim, going to, is about to, are about to, able to, unable
        to, capable, cannot hold, not resist, lose*, losing, gain*, weak*, strong*, exhaust*, run out, running
        out, collaps*, increas*, decreas*, exceed*, at least, more than, fewer than, hundreds of, thousands
        of, dozens of, a third, half, most of, largely, accumulat*, stabili*, deadliest, heaviest, worst, no
        longer, still, already, lead to, result in, reemerg*, re-emerg*, rumour*, rumor*, in view of, short
        of, advantage*, is an aim, primary goal, remain*, suggest*, indicat*, look like, looks like, looked
        like, looks, appears, consider*, seen as, regarded as, viewed as, sign of, signs of, no sign,
        evidence, show*, mean*, turn* the tide, turned, is losing, is winning, has been, have been, have lost,
        has lost, had lost, have suffered, has suffered, suffer*, unlike*, chance*, danger*, risk*, prospect*,
        nearly, almost, roughly, about half, twice, percent, per cent, every day, so far, in months, in weeks,
        since, no more than, too few, enough, not enough, not intended, real aim, goal is, trying to, tries
        to, in an attempt, in order to, in preparation, under control, controlled by, in control, cannot
        enter, does not dare, do not dare, afraid, tired, broken, crippled, intact, ready for battle""",
        ("An attack is likely.", "The reserves will run out."),
    ),
    Group(
        "position",
        "an act of speech that takes a side: wants, refuses, supports, accuses, promises, denies, decides",
        """support*, back, backs, backed, condemn*, denounc*, deplor*, reject*, accus*, blam*, demand*,
        call* for, call* on, called the, calling the, calling it, appeal*, promis*, pledg*, vow*, denied,
        denies, deny, denying, refus*, declin*, will not, won't, would not, does not want, do not want,
        never, cannot accept, cannot assume, cannot guarantee, decid*, decision, oppos*, urg*, ask*,
        recommend*, propos*, offer*, welcom*, prais*, applaud*, thank*, grateful, agree*, approv*, vote*,
        voted, boycott*, expel*, suspend*, threat*, warn*, announc*, committed, commit*, defend*,
        justif*, want*, wish*, desire*, favo*, must, should, need to, it is time, it's time, have to,
        ready to, willing, prepared to, insist*, protest*, criticis*, criticiz*, regret*, apolog*, claim*
        responsib*, claimed by, claim* ... right, question*, object*, invit*, ordered, characteri*,
        label*, describ* ... as, alleg*, crime*, violation*, illegal, illegitimate, legitimate,
        unacceptable, mistake, shame*, betray*, stab in the back, lie, lies, lying, null and void,
        disappoint*, remains unchanged, respond to, response, null, deem*, consider*, we, our, us, i, my,
        let us""",
        ("They condemned the raid.", "It is time for the world to act."),
    ),
    Group(
        "negation",
        "turns a statement round",
        """not, no, never, none, nothing, nobody, neither, nor, without, cannot, can't, won't, don't,
        doesn't, didn't, isn't, aren't, wasn't, weren't, wouldn't, couldn't, shouldn't, hasn't, haven't,
        hadn't, refus*, deny, denied, denies, denying, reject*, declin*, rule* out, ruling out,
        impossible, unable, unwilling""",
        ("There is no plan.", "He refused."),
    ),
    Group(
        "hedge",
        "says that something is not certain",
        """may, might, could, perhaps, possibl*, probabl*, likely, unlikely, reportedly, allegedly, alleged,
        apparently, seem*, appear*, suspected, presumably, purported*, supposedly, unconfirmed, rumour*,
        rumor*""",
        ("He may come.", "It was reportedly lost."),
    ),
    Group(
        "future",
        "speaks of what is to come",
        """will, won't, would, shall, going to, about to, likely to, expect*, forecast*, predict*, plan to,
        plans to, planning to, prepar*, aim* to, intend* to, next, coming, soon, tomorrow, upcoming,
        imminent, could, may, might, until, by spring, by summer, by autumn, by winter, by the end of, in
        view of, i'll, we'll, they'll, it'll, he'll""",
        ("The fleet will sail.", "An attack is imminent."),
    ),
    Group(
        "accepts",
        "agrees to terms, or drops its own",
        """accept*, agree*, ready for, ready to, willing to, open to, prepared to, without precondition*,
        without condition*, without pre-condition*, welcom*, consent*, no precondition*, unconditional*,
        can begin, not necessarily, not ... have to, in favo*, ready to talk""",
        ("They accepted the terms.", "He is open to talks."),
    ),
    Group(
        "rejects",
        "refuses terms",
        """reject*, refus*, rule* out, ruling out, turn* down, dismiss*, declin*, will not accept, would not
        accept, cannot accept, not accept, no ... under, never accept, unacceptable, oppos*, den* that,
        out of the question""",
        ("The junta rejected the terms.",),
    ),
)

LEXICON: Final[dict[str, Group]] = {g.name: g for g in _GROUPS}
