"""What stands in front of an article is not taken for one."""

from __future__ import annotations

import pytest

from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.document import read_document
from scribe_dagster.errors import ErrorKind, SourceError

URL = "https://example.com/a"
TEASER = (
    "The harbour office opened its doors again on Monday after a winter of repairs. Visitors found "
    "new windows and the old brass clock in its place."
)
ARTICLE = " ".join(f"{TEASER} Then, in the year {year}, it closed once more." for year in range(20))
NOT_FREE = '<script type="application/ld+json">{"isAccessibleForFree": false}</script>'


def read(*paragraphs: str, head: str = "", title: str = "The clock is back") -> ScrapedContent:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = (
        f"<!doctype html><html><head><title>{title}</title>{head}</head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return read_document(
        page.encode(), source=URL, url=URL, media_type="text/html", charset="utf-8"
    )


def refusal_of(*paragraphs: str, **options: str) -> SourceError:
    with pytest.raises(SourceError) as refused:
        read(*paragraphs, **options)
    assert refused.value.kind is ErrorKind.PERMANENT
    assert URL in str(refused.value)
    return refused.value


@pytest.mark.parametrize(
    "plea",
    [
        "Subscribe to continue reading.",
        "Already a subscriber? Sign in.",
        "To read the full story, subscribe or sign in.",
        "You have read all your free articles this month.",
        "Dieser Artikel ist nur für Abonnenten. Jetzt weiterlesen mit Plus.",
        "La suite est réservée aux abonnés. Il vous reste 75% de cet article à lire.",
        "Contenido solo para suscriptores. Suscríbete para seguir leyendo.",
        "Этот материал доступен только подписчикам. Оформите подписку.",
        "この記事は有料会員限定です。残り1200文字。",
        "订阅后继续阅读。本文为付费内容。",
        "هذا المحتوى للمشتركين فقط. اشترك لمواصلة القراءة.",
    ],
)
def test_a_teaser_with_a_plea_to_subscribe_is_a_paywall(plea: str) -> None:
    assert "paywall" in str(refusal_of(TEASER, plea))


@pytest.mark.parametrize(
    "head",
    [
        NOT_FREE,
        '<script type="application/ld+json">{"isAccessibleForFree":"False"}</script>',
        '<meta itemprop="isAccessibleForFree" content="false">',
        '<meta property="article:content_tier" content="locked">',
    ],
)
def test_a_teaser_of_a_page_that_says_it_is_not_free_is_a_paywall(head: str) -> None:
    assert "paywall" in str(refusal_of(TEASER, head=head))


def test_a_whole_article_on_a_site_that_asks_for_money_is_an_article() -> None:
    content = read(ARTICLE, "Subscribe to continue reading.", head=NOT_FREE)

    assert content.word_count > 500


@pytest.mark.parametrize(
    ("sentence", "least"),
    [
        ("東京都は{}日、都内の公立学校で新しい教育の取り組みを始めると発表した。", 400),
        ("国家统计局在{}日表示，全国居民人均可支配收入继续保持增长，差距进一步缩小。", 400),
    ],
    ids=["Japanese", "Chinese"],
)
def test_a_whole_article_without_spaces_between_words_is_no_teaser(
    sentence: str, least: int
) -> None:
    article = (sentence.format(day) * 2 for day in range(1, 25))

    assert len(read(*article, head=NOT_FREE).text) > least


def test_an_article_about_a_paywall_is_an_article() -> None:
    told = (
        "The Morning Post no longer asks readers to subscribe to continue reading, it said on "
        "Monday. All that it prints will be free from January on, as it was until 2011.",
        "Advertising and donations are to pay for the newsroom of two hundred. Readers welcomed "
        "the step, the editor said, and so did the newsroom, where nobody had liked the paywall.",
    )

    assert "Morning Post" in read(*told).text


@pytest.mark.parametrize(
    "notice",
    [
        (
            "We value your privacy.",
            "We and our partners store cookies on your device to show advertising.",
            "You can accept all cookies, or manage your consent at any time in the settings.",
        ),
        (
            "Wir verwenden Cookies und verarbeiten personenbezogene Daten.",
            "Mit Ihrer Einwilligung erlauben Sie uns und unseren Partnern, Cookies zu setzen.",
            "Sie können alle Cookies akzeptieren oder die Einstellungen ändern.",
        ),
        (
            "Nous utilisons des cookies pour mesurer l'audience.",
            "Avec votre consentement, nos partenaires traitent vos données personnelles.",
            "Vous pouvez accepter ou refuser les cookies dans les paramètres.",
        ),
    ],
)
def test_a_page_of_nothing_but_consent_is_a_cookie_wall(notice: tuple[str, ...]) -> None:
    assert "a notice about cookies" in str(refusal_of(*notice, title="Before you continue"))


def test_an_article_about_cookies_is_an_article() -> None:
    told = (
        "The regulator fined a newspaper on Tuesday. Its cookies had followed readers for years.",
        "Nobody had asked them. The editor said that the money would now go into reporting, and "
        "that the readers had been right to complain.",
        "A lawyer in the capital found four hundred such sites. She keeps a list in her kitchen.",
    )

    assert "regulator" in read(*told).text


@pytest.mark.parametrize(
    ("title", "text", "noun"),
    [
        (
            "Just a moment...",
            "Please wait while we make sure that your connection is secure. This takes seconds.",
            "keeps programs out",
        ),
        (
            "example.com",
            "Verify you are human by completing the action below. We need to review the security.",
            "keeps programs out",
        ),
        (
            "Welcome",
            "Please log in to continue to the members' area. Your account gives you everything.",
            "log in",
        ),
        (
            "example.com",
            "Please enable JS and disable any ad blocker. It helps us to protect this site.",
            "keeps programs out",
        ),
        (
            "Access Denied",
            "You do not have access to this page. Name this number to the administrator: 18.2d3a.",
            "keeps programs out",
        ),
        (
            "Sign Up | Example",
            "Join to see who you already know. By joining you agree to the terms of our network.",
            "log in",
        ),
        (
            "Nur einen Moment…",
            "example.com muss die Sicherheit Ihrer Verbindung überprüfen, bevor Sie fortfahren.",
            "keeps programs out",
        ),
        (
            "Oops!",
            "The page you are looking for could not be found. It may have been moved or deleted.",
            "there is no such page",
        ),
        (
            "Seite nicht gefunden",
            "Möglicherweise wurde sie verschoben oder gelöscht. Hier geht es zur Startseite.",
            "there is no such page",
        ),
        (
            "example.com",
            "This domain is for sale! The owner is offering it for an asking price of 2,999 USD.",
            "no site is",
        ),
        (
            "Our app",
            "You need to enable JavaScript to run this app. Then load the page once more, please.",
            "JavaScript",
        ),
    ],
)
def test_other_walls_are_known_by_what_they_ask_for(title: str, text: str, noun: str) -> None:
    assert noun in str(refusal_of(text, title=title))


def test_a_short_article_that_asks_for_a_sign_up_is_an_article() -> None:
    assert TEASER in read(TEASER, "Sign up for our newsletter").text


def test_a_short_article_is_an_article() -> None:
    assert read(TEASER).text == TEASER
