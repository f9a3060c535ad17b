"""Which hosts and apps send which kind of visitors: data, and how it is looked up."""

from collections.abc import Iterator, Mapping
from typing import Final

SEARCH: Final = "search"
SOCIAL: Final = "social"
MAIL: Final = "mail"
ASSISTANT: Final = "assistant"
DIRECT: Final = "direct"
OTHER: Final = "other"

_HOSTS: Final = {
    SEARCH: """
        google.* bing.com cn.bing.com duckduckgo.com search.yahoo.com
        search.yahoo.co.jp yahoo.co.jp baidu.com yandex.* ya.ru ecosia.org qwant.com
        startpage.com search.brave.com naver.com daum.net sogou.com so.com m.sm.cn
        seznam.cz ask.com search.aol.com swisscows.com mojeek.com kagi.com
        metager.org metager.de search.ch lite.duckduckgo.com html.duckduckgo.com
        dogpile.com info.com lilo.org karmasearch.org petalsearch.com gigablast.com
        you.com presearch.com search.marginalia.nu haosou.com coccoc.com
        search.lycos.com search.seznam.cz fireball.de suche.t-online.de
        suche.web.de suche.gmx.net rambler.ru search.mail.ru go.mail.ru
        com.google.android.googlequicksearchbox com.duckduckgo.mobile.android
        com.microsoft.bing
    """,
    SOCIAL: """
        facebook.com fb.com fb.me messenger.com instagram.com threads.net threads.com
        twitter.com x.com t.co linkedin.com lnkd.in pinterest.* pin.it reddit.com
        redd.it youtube.com youtu.be tiktok.com snapchat.com tumblr.com vk.com vk.ru
        ok.ru weibo.com weibo.cn weixin.qq.com wechat.com qzone.qq.com douban.com
        zhihu.com xiaohongshu.com douyin.com line.me whatsapp.com web.whatsapp.com
        telegram.org telegram.me t.me web.telegram.org discord.com discordapp.com
        slack.com teams.microsoft.com teams.live.com bsky.app mastodon.social
        mastodon.online mstdn.social fosstodon.org chaos.social lemmy.world
        news.ycombinator.com lobste.rs quora.com medium.com xing.com viadeo.com
        meetup.com nextdoor.com flipboard.com vimeo.com twitch.tv dailymotion.com
        kakao.com band.us hatena.ne.jp b.hatena.ne.jp stackoverflow.com
        stackexchange.com disqus.com livejournal.com goodreads.com strava.com
        untappd.com letterboxd.com gab.com truthsocial.com parler.com minds.com
        substack.com chat.google.com
        com.facebook.katana com.facebook.orca com.facebook.lite com.instagram.android
        com.instagram.barcelona com.twitter.android com.linkedin.android
        com.pinterest com.reddit.frontpage com.google.android.youtube
        com.zhiliaoapp.musically com.snapchat.android com.tumblr com.whatsapp
        com.whatsapp.w4b org.telegram.messenger org.thunderdog.challegram
        com.discord com.slack com.microsoft.teams org.joinmastodon.android
        xyz.blueskyweb.app com.vkontakte.android jp.naver.line.android
        com.tencent.mm org.thoughtcrime.securesms com.viber.voip
        io.syncapps.lemmy_sync
    """,
    MAIL: """
        mail.google.com outlook.live.com outlook.office.com outlook.office365.com
        outlook.com outlook.cloud.microsoft mail.yahoo.com mail.yahoo.co.jp
        mail.aol.com mail.ru e.mail.ru mail.yandex.ru mail.yandex.com
        mail.proton.me mail.protonmail.com proton.me app.fastmail.com fastmail.com
        mail.zoho.com mail.zoho.eu icloud.com navigator.web.de
        navigator.gmx.net deref-gmx.net deref-web.de deref-mail.com gmx.net gmx.com
        gmx.ch gmx.at web.de email.t-online.de mail.bluewin.ch mail.orange.fr
        webmail.free.fr mail.qq.com mail.163.com mail.126.com mail.naver.com
        mail.daum.net poczta.onet.pl poczta.wp.pl poczta.o2.pl email.seznam.cz
        mail.tutanota.com app.tuta.com mailbox.org posteo.de hey.com app.hey.com
        superhuman.com mail.superhuman.com mail.missiveapp.com roundcube.net
        com.google.android.gm com.google.android.gm.lite com.microsoft.office.outlook
        com.yahoo.mobile.client.android.mail com.samsung.android.email.provider
        ch.protonmail.android com.fsck.k9 net.thunderbird.android eu.faircode.email
        me.bluemail.mail com.aol.mobile.aolapp de.web.mobile.android.mail
        de.gmx.mobile.android.mail de.telekom.mail com.easilydo.mail
        com.readdle.spark ru.mail.mailapp
    """,
    ASSISTANT: """
        chatgpt.com chat.openai.com openai.com perplexity.ai claude.ai
        gemini.google.com bard.google.com aistudio.google.com notebooklm.google.com
        copilot.microsoft.com copilot.cloud.microsoft m365.cloud.microsoft
        edgeservices.bing.com copilot.com chat.mistral.ai chat.deepseek.com
        deepseek.com grok.com x.ai meta.ai poe.com phind.com character.ai
        huggingface.co duck.ai kimi.com kimi.moonshot.cn doubao.com tongyi.aliyun.com
        chat.qwen.ai qwen.ai yiyan.baidu.com andisearch.com komo.ai iask.ai pi.ai
        lumo.proton.me chat.z.ai manus.im genspark.ai
        com.openai.chatgpt ai.perplexity.app.android com.anthropic.claude
        com.google.android.apps.bard com.microsoft.copilot ai.x.grok
        com.deepseek.chat ai.mistral.chat com.facebook.stella
    """,
}
"""Hosts and Android apps by channel. A host stands for those below it as well;
`google.*` for that name under every country's domain, and for no other below it."""

CHANNELS: Final[Mapping[str, str]] = {
    host: channel for channel, hosts in _HOSTS.items() for host in hosts.split()
}

_LONGEST_COUNTRY: Final = 3
"""Letters of each part of what follows a name for every country, as in `com.au`."""


def channel_of(host: str) -> str:
    """Return the channel of a referrer's *host*, or of an app's package."""
    for name in _names(host):
        if channel := CHANNELS.get(name):
            return channel
    return OTHER


def _names(host: str) -> Iterator[str]:
    """Yield what *host* is looked up by: the longest name first."""
    yield host
    name, _, country = host.removeprefix("m.").partition(".")
    parts = country.split(".")
    if country and len(parts) <= 2 and max(map(len, parts)) <= _LONGEST_COUNTRY:
        yield f"{name}.*"
    rest = host
    while "." in rest:
        _, _, rest = rest.partition(".")
        yield rest
