"""The lexicon itself: groups of cues, each described, and the verbs by which somebody is quoted.

Every group in `LEXICON` says what it means, lists its cues and gives examples; an editor can read and change
it. A cue is lower case and is matched without regard to case:

    word        the word itself            demand*    any ending: demand, demands, demanding
    two words   in this order              only ... if   with at most four words between them

`summarizer.cues` looks them up in a text. Nothing here knows an article, a war or a name.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["IRREGULAR", "LEXICON", "REPORTING_VERBS", "Group"]


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
    mention opine
"""
"""Verbs by which a text gives somebody's words; `cues.verb_forms` makes their written forms."""

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
}
"""Verbs whose written forms no rule makes, with those forms."""

_GROUPS: Final = (
    Group(
        "according",
        "names a source without a verb",
        """according to, in the words of, in the view of, in the opinion of, in his view, in her view, in
        their view, in a statement, in an interview, in a letter, in a speech, in a communique, in a
        press release, sources said, as quoted by, told reporters, for his part, for her part, for its
        part, rumour*, rumor*""",
        ("According to the rebels, the road is closed.", "He spoke of it in a letter to the council."),
    ),
    Group(
        "terms",
        "language that can only mean terms: something first, or nothing",
        """only if, will only, would only, can only, could only, only when, only after, only once, only ...
        if, only ... after, only ... when, unless, on condition that, on the condition, on one condition,
        condition for, condition of, conditions for, conditions set, 's conditions, s' conditions, their
        conditions, its conditions, right conditions, new conditions, all conditions, conditional on,
        conditioned on, prior condition*, precondition*, pre-condition*, pre-requisite*, prerequisite*,
        sine qua non, provided that, provided the*, provided all, provided it, provided his, provided
        its, providing that, in exchange for, in return for, in return, ultimatum*, must first, first
        must, first be, insist* that ... first, insist* ... first, first withdraw*, first ... before, not
        before, no ... until, not ... until, no ... before, no ... without, never ... until, until after,
        before any, before it sign*, before they sign*, before ... can, before ... could, before ...
        begin, on its terms, on our terms, on their terms, on his terms, terms for, terms of, terms set,
        its terms, contingent on, hinge* on, depend* on, subject to, linked to, as long as, so long as,
        while ... continue*, in order for, necessary for, required for, would agree if, would agree to
        ... if, peace terms, red line*, make* ... condition*, demand* ... as a, excluded from, shut out
        of""",
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
        withdraw*, when ... stop*, when ... end*""",
        ("If they stop, we stop.", "The gate opens once the convoy is searched."),
    ),
    Group(
        "no_conditions",
        "an explicit refusal or absence of preconditions",
        """without precondition*, without pre-condition*, without condition*, without any condition*,
        without any precondition*, without prior condition*, no precondition*, no conditions, no
        pre-condition*, no prior condition*, unconditional*, not ... have to ... for ... to begin,
        reject* ... condition*, reject* ... terms, refus* ... condition*, refus* ... terms, accept no
        condition*""",
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
        negotiating table, at ... table, to the table, sit down with, sit down to, summit*, mediat*,
        meetings in search, direct
        contacts, peace initiative, peace plan, peace proposal*""",
        ("The dialogue will resume.", "Negotiators met again."),
    ),
    Group(
        "ceasefire",
        "a pause in the fighting",
        """ceasefire*, cease-fire*, cease fire, truce*, armistice*, halt to hostilities, cessation of
        hostilities, end hostilities, end of hostilities, end to hostilities, stop the shelling, stop
        fighting, lay down ... arms, lay down ... weapons, humanitarian pause, de-escalat*, stop firing,
        freeze ... conflict, freeze ... hostilities, halt ... fighting, suspend* ... attacks""",
        ("A truce was offered.", "They would end hostilities at noon."),
    ),
    Group(
        "agreement",
        "a deal or a document",
        """agreement*, accord, accords, deal, deals, treaty, treaties, pact, settlement, memorandum,
        memoranda, protocol, compromise*, reconciliation, political solution, negotiated solution,
        peaceful solution, sign, signed, signing, proposal*""",
        ("The accord was signed.", "No settlement is in sight."),
    ),
    Group(
        "end_of_war",
        "an end of the war",
        """end of the war, end the war, ending the war, end to the war, war can end, war will end, war could
        end, war would end, war to end, stop the war, end of the conflict, end the conflict, end to the
        conflict, ending the conflict, conflict can, conflict ... ended, conflict ... end, war ... end,
        war ... ended, war ... over, peace""",
        ("The war can end tomorrow.", "Peace is far away."),
    ),
    Group(
        "concession",
        "what is usually demanded as a term: withdrawal, release, disarmament, recognition, end of a siege",
        """withdraw*, pull* out, pull* back, pullout, leave, leaves, left, leaving, go home, releas*, free,
        freed, freeing, disarm*, demobili*, hand over, hand* ... over, turn over, turning over,
        surrender*, lift*, recogni*, hostage*, prisoner*, amnesty, step* down, resign*, sanctions,
        blockade, siege, stop*, reopen*, demilitari*, guarantee*, concession*""",
        ("They want foreign troops to leave.", "All prisoners must be released."),
    ),
    Group(
        "military",
        "the military situation: forces, means, events, losses",
        """front, fronts, front line*, frontline*, offensive*, counteroffensive*, counter-offensive*,
        troops, forces, army, armies, soldier*, battalion*, brigade*, division, divisions, garrison*,
        regiment*, militia*, fighter, fighters, guerrilla*, insurgent*, rebel, rebels, terrorist*,
        mercenar*, conscript*, reservist*, reserves, casualt*, losses, dead, killed, kill, kills,
        killing, wounded, injured, death toll*, bodies, weapon*, arms, missile*, rocket*, artillery,
        shell*, drone*, tank, tanks, armour, armor, ammunition, warplane*, aircraft, jets, navy, navies,
        naval, fleet*, bomb*, airstrike*, air strike*, strike, strikes, attack*, assault*, ambush*,
        raid*, captur*, seiz*, advanc*, retreat*, withdraw*, encircl*, surround*, destroy*, defeat*,
        victor*, conquer*, invad*, invasion, mobili*, deploy*, mass, massing, massed, strength, morale,
        supply, supplies, logistics, territor*, border, positions, foothold, bridgehead, winter campaign,
        spring campaign, campaign, military, combat, battle*, fighting, war, hostilities, enemy,
        adversary, operation, operations, control, controls, stronghold*, tactical, nuclear, explosion*,
        blast*, terror, gaining ground, caliphate, sabotage*, mines, detainee*""",
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
        """likely, unlikely, probabl*, possibl*, expect*, appear*, seem*, estimat*, believ*, think*,
        thought, suspect*, reckon*, predict*, forecast*, assess*, plan to, plans to, planning to, plan*,
        prepar*, aim*, intend*, intent*, could, might, may, would aim, going to, is about to, are about
        to, able to, unable to, capable, cannot hold, not resist, lose*, losing, gain*, weak*, strong*,
        exhaust*, run out, running out, collaps*, increas*, decreas*, exceed*, at least, more than, fewer
        than, hundreds of, thousands of, dozens of, a third, half, most of, largely, accumulat*,
        stabili*, deadliest, heaviest, worst, no longer, still, already, lead to, result in, reemerg*,
        re-emerg*, rumour*, rumor*, in view of, short of, advantage*, is an aim, primary goal, remain*""",
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
