"""The scanner of committed recordings: each shape is found wherever it stands, and its harmless neighbour is not."""

from __future__ import annotations

import base64
import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer import Article
from summarizer.leaks import leaks
from tests.conftest import ROOT, every

CASSETTE = (ROOT / "cassettes" / "invented-quiet.whole.local.yaml").read_text(encoding="utf-8")
CASSETTES = sorted((ROOT / "cassettes").glob("*.yaml"))
SEEDS = {path.stem: path for path in (ROOT / "seeds").iterdir()}

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ALPHABETS = {"A": LETTERS + LETTERS.upper() + "0123456789", "H": "0123456789abcdef", "D": "0123456789"}
ALPHABETS |= {"U": LETTERS.upper() + "234567", "L": LETTERS + "0123456789"}


def made(shape: str, seed: int = 0) -> str:
    """A shape without its cuts (`·`, so that no secret's shape stands in this file), `<A24>` as 24 random letters."""
    chance = random.Random(f"{shape}{seed}")

    def letters(sign: re.Match[str]) -> str:
        return "".join(chance.choice(ALPHABETS[sign[1]]) for _ in range(int(sign[2])))

    return re.sub(r"<([AHDUL])(\d+)>", letters, shape.replace("·", ""))


def packed(text: str) -> str:
    """Base64 of a text."""
    return base64.b64encode(text.encode()).decode()


KEYS = {
    "sk-·<A48>": "OpenAI key",
    "sk-·<H32>": "OpenAI key",
    "sk-·proj-<A40>_<A60>-<A20>": "OpenAI key",
    "sk-·svcacct-<A40>_<A30>": "OpenAI key",
    "sk-·admin-<A40>": "OpenAI key",
    "sk-·ant-api03-<A40>_<A40>-<A12>AA": "Anthropic key",
    "sk-·ant-admin01-<A60>": "Anthropic key",
    "sk-·or-v1-<H64>": "OpenRouter key",
    "AIza·Sy<A33>": "Google key",
    "ya29·.<A60>": "Google key",
    "GOCSPX·-<A28>": "Google key",
    "gsk_·<A52>": "Groq key",
    "xai-·<A80>": "xAI key",
    "pplx-·<A48>": "Perplexity key",
    "csk-·<L48>": "Cerebras key",
    "fw_·<A24>": "Fireworks key",
    "hf_·<A34>": "Hugging Face token",
    "r8_·<A37>": "Replicate key",
    "nvapi-·<A64>": "NVIDIA key",
    "AKIA·<U16>": "AWS key",
    "ASIA·<U16>": "AWS key",
    "ghp_·<A36>": "GitHub token",
    "gho_·<A36>": "GitHub token",
    "ghs_·<A36>": "GitHub token",
    "ghu_·<A36>": "GitHub token",
    "github_·pat_<A22>_<A59>": "GitHub token",
    "glpat-·<A20>": "GitLab token",
    "xoxb-·<D12>-<D12>-<A24>": "Slack token",
    "xoxp-·<D12>-<D12>-<H32>": "Slack token",
    "https://hooks·.slack.com/services/T<U8>/B<U8>/<A24>": "webhook",
    "sk_·live_<A24>": "Stripe key",
    "rk_·test_<A24>": "Stripe key",
    "whsec_·<A32>": "Stripe key",
    "npm_·<A36>": "npm token",
    "pypi-·AgEIcHlwaS5vcmc<A80>": "PyPI token",
    "<D10>:·AA<A33>": "Telegram token",
    "SG.·<A22>.<A43>": "SendGrid key",
    "SK·<H32>": "Twilio key",
    "eyJ·<A33>.eyJ·<A60>.<A43>": "JSON web token",
}
CONTEXTS = {
    "-----BEGIN· PRIVATE KEY-----": "private key",
    "-----BEGIN· RSA PRIVATE KEY-----": "private key",
    "-----BEGIN· OPENSSH PRIVATE KEY-----": "private key",
    "Bearer· <A32>": "bearer token",
    "bearer· <H40>": "bearer token",
    "Basic· " + packed("aladdin" + ":opensesame"): "basic authorization",
    "https://ada:·s3cr<A4>@api.llm.test/v1": "credentials in an address",
    "postgres://ada:·<A12>@db.llm.test/x": "credentials in an address",
    "api_key=·<A32>": "key by its name",
    '"api_key": "·<A32>"': "key by its name",
    "MISTRAL_API_KEY=·<A32>": "key by its name",
    "aws_secret_access_key = ·<A40>": "key by its name",
    "api-key: ·<H32>": "key by its name",
    "https://llm.test/v1?key=·<A39>": "key by its name",
    "AccountKey=·<A86>==": "key by its name",
    '"pass·word": "Tr0ub4dor&3x"': "password",
    "__cf_·bm=<A43>-1700000000-1.0.1.1": "cookie",
    "_cf·uvid=<A40>.<D13>": "cookie",
    "sess·ion=<A32>": "cookie",
    "PHPS·ESSID=<L26>": "cookie",
    "blob <A44>": "random text",
    "blob <H48>": "random text",
    "blob " + packed("sk-" + "proj-" + "Abcdefgh01234567" * 3): "random text",
}
HEADERS = {
    "Authorization: opaque": "authorization header",
    "PROXY-AUTHORIZATION: opaque": "authorization header",
    "x-api-key: opaque-value": "authorization header",
    "Cookie: theme=dark": "cookie header",
    "Set-Cookie: a=b; Path=/; HttpOnly": "cookie header",
    "openai-organization: acme-news": "account id",
    "openai-project: desk": "account id",
    "anthropic-organization-id: desk": "account id",
    "x-request-id: 7f3a9c": "request id",
    "request-id: req_7f3a9c": "request id",
    "x-forwarded-for: 203.0.113.7": "client address",
    "cf-ray: 8f2e1c0b9d-TXL": "client address",
    "x-stainless-os: Linux": "user agent",
    "User-Agent: OpenAI/Python 3.3.0 (Linux x86_64)": "user agent",
    "Mozilla/5.0 (X11; Linux x86_64)": "user agent",
}
DETAILS = {
    "org-<A24>": "account id",
    "proj_<A24>": "account id",
    "user-<A24>": "account id",
    "acct_<A16>": "account id",
    "arn:aws:iam::<D12>:user/ada": "account id",
    "AC<H32>": "account id",
    "organization_id: <H8>-<H4>-4<H3>-a<H3>-<H12>": "account id by its name",
    "/subscriptions/<H8>-<H4>-4<H3>-a<H3>-<H12>/x": "account id",
    "req_<A24>": "request id",
    "chatcmpl-<A29>": "request id",
    "ada·@example.org": "e-mail address",
    "ada.l+x·@mail.пример.рф": "e-mail address",
    "bücher·@bücher.example": "e-mail address",
    "ada%40·example.org": "e-mail address",
    "ada\\u0040·example.org": "e-mail address",
    "/ho·me/ada/model.gguf": "machine path",
    "/Us·ers/ada/model.gguf": "machine path",
    "/ro·ot/.cache": "machine path",
    "/t·mp/run7/x": "machine path",
    "/var/fo·lders/zz/x": "machine path",
    "/wo·rk/x": "machine path",
    "/mn·t/data": "machine path",
    "C:\\Us·ers\\ada\\x": "machine path",
    "c:\\\\Us·ers\\\\tom": "machine path",
    "C:/Us·ers/tom": "machine path",
    "fi·le:///srv/x.gguf": "machine path",
    "\\\\newsroom·\\share": "machine path",
    "\\\\wsl$·\\Ubuntu\\x": "machine path",
    "http://local·host:8000/v1": "machine address",
    "http://127.·0.0.1:8000/v1": "machine address",
    "http://[::·1]:8000/v1": "machine address",
    "10.·1.2.3": "machine address",
    "172.·20.0.5": "machine address",
    "192.·168.1.20": "machine address",
    "adas-laptop·.local": "machine address",
    "ip-10-0-0-1.ec2·.internal": "machine address",
    "nas·.lan": "machine address",
    "3c:22:fb:·1a:2b:9f": "machine address",
}
PLANTED = KEYS | CONTEXTS | HEADERS | DETAILS

NEIGHBOURS = """
sk-learn and risk-averse, task-oriented, desk-sharing; sk-proj is a prefix
sk-ant-hill and sk-or-something
AIzawa Hiroshi; ya29. In 1929
gsk_shares fell; GSK said so
xai-based models; pplx-short; csk-chennai; fw_version; hf_hub; r8_engine; nvapi-call
AKIA is an airport; ASIAN MARKETS ROSE; AKIAbcdefghijklmnopq
ghp_short; gho_; github_patch_release_notes; glpat-short
xoxo-hugs; hooks.slack.com is a host; https://slack.com/services
sk_live_show; whsec_x; npm_config_registry; pypi-server
12:30:45 and 1234567890:short; SG.1 and SG.2; SKYSCRAPERS; eyJust a word. And another
-----BEGIN CERTIFICATE----- and -----BEGIN PUBLIC KEY-----
The bearer of news; Bearer of responsibilities; a bearer bond; Bearer <token>; Bearer {key}; Bearer $TOKEN
Basic training; basic infrastructure; Basic human rights
https://news.example:8080/a@b; http://user:password@host; see https://example.org/@handle
api_key=os.environ["MISTRAL_API_KEY"]; api_key: "<your key>"; the secret: a very long story about 1917
"password": "the one I forgot"; password=getpass; Passwort: keines
session=...; session=open; the session = a long one; Cookie: chocolate; cookies, biscuits
the authorization: granted by the council; without authorization, he said; Authorization: REDACTED
"authorization": "REDACTED"
org-wide, user-friendly, proj_x, acct_1, org-chart; user-generated content; a user-centred-design
arn:aws:s3:::bucket; ACCORDING; req_id; msg_type; resp_time
4c0e1a52-8f0e-4b51-9d0e-6a2c5b7f9e10
@KyivIndependent and @user@mastodon.social; me at example.org; git@github.com:a/b; 5@2.3; a@b
and/or, km/h, he/she, 24/7, input/output, /r/worldnews, https://example.org/home/news, https://example.org/tmp/x
the /homeless; ~/notes; ./work/x; C: drive; C:\\x; a\\b; 1:/2
10.11.2022, 10.1.2, version 127.0.1, 192.168, 172.32.0.1, 8.8.8.8, 1127.0.0.1
local, internal affairs, news.local.example, U.S.internal.affairs, the local. Internal sources
12:30:45:50:10:20; 3c:22:fb; 10-11-12-13-14-15
localhosting; a user agent; User-Agent; Mozilla Foundation; !!binaryx; wow!!binary
article: <H64>
"sha256": "<H64>"
    --hash=sha256:<H64> \\
prompt: <H16>
https://news.example/2022/11/12/world/europe/Ukraine-Kherson-Retreat-Of-Russian-Troops-2022.html
https://news.example/a?fbclid=<A61>
https://news.example/news/articles/c<L11>
test_the_same_statement_in_lede_and_body_is_one_with_both_evidences_2022
"""
"""What stands beside a shape and is none; as YAML, JSON and prose hold it."""

ORDINARY = """
Peskov said the talks were "null and void"; and/or a ceasefire, he added at 12:30 on 2022-11-12.
The convoy moved at 60 km/h towards Kherson, 10/12 of its vehicles intact, a ratio of 3:1.
Call +44 20 7946 0958 or +1 (202) 555-0147; the hotline is open 24/7.
He wrote on @ZelenskyyUa: "We hold." Followers of @MFA_Ukraine shared it; see https://t.co/AbCdEf1234.
The Secretary: "A secret is a secret: nobody talks about it." The key: patience. Token: of esteem.
Basic Law; Basic Agreement 1997; Bearer shares were abolished; the password: swordfish, as in the film.
The 10.11.12 accords, section 4.10.3.2, and Resolution 2231 (2015) remain in force.
"Session=..." is what the hackers' e-mail showed, the ministry's user-friendly, org-wide portal said.
Flight MH17, the A-50, S-300PMU2, Su-35S, T-72B3M, 9K720 Iskander-M and 2S19 Msta-S were named.
The vote was 141-5-35; the index closed at 10,127.42; bond AT0000A2WSC8, account no. DE-12 3456.
IBAN, ISBN 978-3-16-148410-0, DOI 10.1000/182, CVE-2022-30190 and 53°20'N 6°15'W are figures of the report.
Read more: https://en.wikinews.org/wiki/Cairo_summit_denounces_Turkish-Libyan_maritime_border_agreement
https://www.nytimes.com/live/2022/11/12/world/ukraine-russia-news-kherson?smid=tw-nytimes&smtyp=cur
https://www.bbc.com/news/world-europe-63601426.amp#comment-4f2a and https://youtu.be/dQw4w9WgXcQ
Organization: NATO. Project: Nord Stream. Account: closed. Tenant: evicted. User: unknown.
Der Rechtsschutzversicherungsgesellschaften-Verband und die Donaudampfschifffahrtsgesellschaft bzw. u./o. warnen.
Das Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnungsgesetz galt bis 30.09.2007, 24 Uhr.
Kanzler/in, Bürger:innen, Soldat*innen und die Kosten von 1.234.567,89 €; Az. 2 BvR 2236/09.
„Die Sitzung: vertagt. Der Schlüssel: verloren“, sagte er der dpa am 12.11.2022 um 10.30 Uhr.
Речник МЗС заявив: «Ключ до миру — у Москві»; і/або санкції, 12.11.2022, 10:30, тел. +380 44 238-17-77.
Збройні сили України просунулися на 10–12 км/год. у напрямку Снігурівки, повідомив @GeneralStaffUA.
Российская сторона: «Переговоры возможны, только если…» — сказал Песков. И/или нет, 24/7, т.д. и т.п.
Ключ: <нет>. Пароль: забыт. Организация: ООН. Сессия: закрыта; см. https://тасс.example/мир/16311111
Cumhurbaşkanı Erdoğan: "Anahtar: diyalog." Türkiye/Libya, 27.11.2019, saat 10.30, tel. 0312 292 10 00.
Muvaffakiyetsizleştiricileştiriveremeyebileceklerimizdenmişsinizcesine, ve/veya @TC_Disisleri açıkladı.
外交部发言人表示:"关键在于对话。"会谈于2022年11月12日10:30举行,双方/各方均出席,比例为3:1。
习近平主席和/或李克强总理:密码、会话、账户、组织均未提及;详见 https://news.example/世界/2022-11-12。
İstanbul'da konuşan bakan, "oturum=..." diye yazdı; sunucu değil, yerel.
"""
"""News with what looks like a finding and is none: English, German, Ukrainian, Russian, Turkish, Chinese."""


def lines(text: str) -> list[str]:
    """The lines that say something."""
    return [made(line) for line in text.splitlines() if line.strip()]


def told(text: str, article: str = "") -> list[tuple[int, str]]:
    """Line and kind of each finding."""
    return [(leak.line, leak.kind) for leak in leaks(text, article=article)]


def planted(value: str) -> tuple[str, list[int]]:
    """A real recording with `value` at its top, in a header of each kind and in both bodies; the lines it is on."""
    single = "'" + value.replace("'", "''") + "'"
    rows = CASSETTE.split("\n")
    for before, row in (
        ("version:", f"  note: {single}"),
        ("    headers:", f"    uri2: {json.dumps(value)}"),
        ("  response:", f"      x-extra:\n      - {single}"),
        ('       "max_tokens":', f'       "user": {json.dumps(value)},'),
        ('         "choices":', f'         "note": {json.dumps(json.dumps({"a": value}))},'),
    ):
        at = next(i for i, line in enumerate(rows) if line.startswith(before))
        rows[at:at] = row.split("\n")
    return "\n".join(rows), [i for i, line in enumerate(rows, 1) if line not in KNOWN]


KNOWN = {*CASSETTE.split("\n"), "      x-extra:"}


@pytest.mark.parametrize("shape", every(4, PLANTED), ids=[f"{n}-{kind}" for n, kind in enumerate(PLANTED.values())])
def test_a_planted_shape_is_found_wherever_it_stands_in_a_recording(shape: str) -> None:
    """Once on each line it was put, by its kind, at the top, in both sorts of header and in both bodies."""
    text, places = planted(made(shape))
    assert len(places) == 5
    assert told(text) == [(line, PLANTED[shape]) for line in places]


def test_a_finding_shows_no_secret() -> None:
    """Four characters at most, a third of it at most, and the length; no control characters."""
    for shape in PLANTED:
        for leak in leaks(f'"{made(shape)}"'):
            start, _, length = leak.shown.partition("… ")
            assert len(start) <= 4
            assert len(start) * 3 <= int(length.strip("()").split()[0])
            assert leak.shown.isprintable()


@pytest.mark.parametrize("line", lines(NEIGHBOURS), ids=range(len(lines(NEIGHBOURS))))
def test_the_neighbour_of_a_shape_is_no_finding(line: str) -> None:
    """As a line, in JSON and in JSON within JSON."""
    for text in (line, json.dumps({"a": line}), json.dumps({"a": json.dumps({"b": f"x {line}"})})):
        assert told(text) == []


def test_ordinary_news_holds_no_finding() -> None:
    """Sentences full of traps, the seeds and the invented articles, as text and as a request's body."""
    texts = [*lines(ORDINARY), *(Article.from_file(path).text for path in SEEDS.values())]
    for path in sorted((ROOT / "benchmarks" / "gold" / "invented").glob("*.json")):
        texts.append(json.loads(path.read_text(encoding="utf-8"))["text"])
    for text in texts:
        assert told(text) == []
        assert told(json.dumps({"content": text})) == []


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_no_recording_holds_a_secret_or_a_machine_detail(path: Path) -> None:
    """Of any kind; nothing needs to be excused by its article."""
    assert told(path.read_text(encoding="utf-8")) == []


EXCUSED = {
    # invented credentials, to see that they are not sent on
    ("tests/test_fetching.py", "credentials in an address"): r"user… \(16 characters\)",
    # the hashes of the weights, in a table
    ("summarizer/weight_sources.py", "random text"): r"[0-9a-f]{4}… \(64 characters\)",
    # an invented key, to see that it is not recorded
    ("tests/test_recording.py", "OpenAI key"): r"sk-c… \(37 characters\)",
}


def test_no_committed_file_holds_a_secret() -> None:
    """Keys, tokens, cookies, private keys and credentials: of what git tracks only what is excused here."""
    listed = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True) if (ROOT / ".git").exists() else None
    )
    if listed is None or listed.returncode:
        pytest.skip("not a git checkout: what is committed cannot be told")
    found = []
    for name in filter(None, listed.stdout.decode().split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            found += [(name, leak) for leak in leaks(data.decode("utf-8", "replace"), secrets_only=True)]
    assert [
        (name, leak) for name, leak in found if not re.fullmatch(EXCUSED.get((name, leak.kind), "none"), leak.shown)
    ] == []


def test_vcrpys_own_form_is_understood() -> None:
    """Folded bodies, lists of headers, JSON within JSON within YAML, packed bodies."""
    key, token = made("sk-·proj-<A48>"), made("<A40>")
    exchange = {
        "body": json.dumps({"text": "word " * 30 + json.dumps({"api_key": token}) + "\n" + key}),
        "headers": {"Authorization": ["opaque"], "Set-Cookie": [f"a={token}; Path=/"], "CF-RAY": ["8f-TXL"]},
        "response": {"string": b"\x1f\x8b\x00"},
    }
    kinds = {kind for _, kind in told(yaml.dump(exchange))}
    headers = {"authorization header", "cookie header", "client address"}
    assert kinds == {"key by its name", "OpenAI key", "packed body", *headers}


def test_what_the_article_says_is_its_own_unless_it_is_a_key() -> None:
    """Its e-mail address, path and machine are no finding; another's are, and a key always is."""
    mail, path, key = made("desk·@news.example"), made("/ho·me/ada/x"), made("ghp_·<A36>")
    article = f"Write to {mail}, said the man who found {path} on 10.1.2.3, with {key}."
    assert told(json.dumps({"content": article}), article) == [(1, "GitHub token")]
    assert told(f"{article}\nme{mail}\n{path}2", article) == [
        (1, "GitHub token"),
        (2, "e-mail address"),
        (3, "machine path"),
    ]


def test_other_files_may_name_a_machine_but_hold_no_key() -> None:
    """What only a recording must not hold is passed over."""
    text = "".join(f"{json.dumps(made(shape))}\n" for shape in PLANTED)
    kinds = {leak.kind for leak in leaks(text, secrets_only=True)}
    assert kinds == set((KEYS | CONTEXTS).values())


def test_several_of_one_kind_on_a_line_are_several_findings() -> None:
    """However they are escaped."""
    keys = [made("gsk_·<A52>", seed) for seed in range(3)]
    assert told(json.dumps({"a": keys, "b": "ada" + "\\u0040" + "x.example"})) == [
        *[(1, "Groq key")] * 3,
        (1, "e-mail address"),
    ]


def test_a_header_that_says_nothing_is_no_finding() -> None:
    """Redacted values stay; two real headers of different kinds are each found."""
    assert told("authorization:\n- REDACTED\ncookie: '***'\nx-api-key: <key>\nset-cookie: []") == []
    assert told("cookie: a=b\nx-request-id: 7f3a\n") == [(1, "cookie header"), (2, "request id")]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([shape for shape in KEYS if "<" in shape]),
    st.integers(),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30),
    st.sampled_from([" ", '"', "'", "\n", "\t", "(", "=", ":", ",", "密", "…"]),
)
def test_every_key_is_found_at_any_position(shape: str, seed: int, around: str, edge: str) -> None:
    """Whatever stands around it, as text and in a body."""
    key = made(shape, seed)
    text = f"{around}{edge}{key}{'' if edge in '=:' else edge} {around}"
    line = text[: text.index(key)].count("\n") + 1
    assert (line, KEYS[shape]) in told(text)
    assert (1, KEYS[shape]) in told(json.dumps({"a": text}))


HOSTILE = [
    "10.",
    "127.0.",
    "user-agent: x",
    "a@",
    "eyJ",
    "sk-",
    "__Host-",
    "a-",
    "key=",
    "'\\",
    "://a:",
    "/home/x",
    "basic  ",
    "curl ",
    "\\u005c",
    "A1" * 20,
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Forty thousand characters of one piece, which would take minutes at the square, take less than two seconds."""
    start = time.process_time()
    leaks(piece * (40_000 // len(piece)))
    assert time.process_time() - start < 2


def test_importing_it_compiles_nothing() -> None:
    """The table is read at the first call."""
    code = "import summarizer.leaks as m; print(m._table.cache_info().currsize, m._rules.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0"]
