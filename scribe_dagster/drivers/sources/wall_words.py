"""What stands in front of articles says, in the languages it says it in."""

from __future__ import annotations

import re

PAID = re.compile(
    r"[\"']?isAccessibleForFree[\"']?\s*:\s*[\"']?false"
    r"|itemprop=[\"']isAccessibleForFree[\"']\s+content=[\"']false"
    r"|article:content_tier[\"']\s+content=[\"']locked",
    re.IGNORECASE,
)
SUBSCRIBE = re.compile(
    r"subscribe (now )?(to|and) (continue|read|keep|unlock|get full)|to continue reading"
    r"|read the (full|rest of (the|this)) (story|article)|already a subscriber|subscribers only"
    r"|this (article|story|content) is (only )?(for|reserved for|available to) \w+"
    r"|(you have|you've) (read|reached|used) (all |your )[^.]{0,40}\barticles?"
    r"|(nur|exklusiv) für (\S+ )?abonnenten|jetzt weiterlesen|\babo\b.{0,40} weiterlesen"
    r"|weiterlesen mit|mit .{1,20} weiterlesen"
    r"|réservée? aux abonnés|pour lire la suite|il vous reste [^.]{1,20} à lire"
    r"|solo para suscriptores|suscríbete para (seguir|leer)|para (seguir|continuar) leyendo"
    r"|per continuare a leggere"
    r"|alleen voor abonnees|voor abonnees|conteúdo exclusivo para assinantes"
    r"|tylko dla prenumeratorów|för prenumeranter|(kun|bare) for abonnenter|vain tilaajille"
    r"|только (для )?подписчик|чтобы (продолжить|читать) (чтение|дальше)|лише (для )?передплатник"
    r"|للمشتركين فقط|لمواصلة القراءة|sadece aboneler|للاطلاع على المقال كاملا"
    r"|有料(会員|記事)|会員限定|続きを(読む|お読み)"
    r"|付费(内容|阅读|文章)|订阅后|登录后(阅读|查看)|訂閱後|유료 ?(회원|기사)",
    re.IGNORECASE,
)
LOG_IN = re.compile(
    r"\A(log ?in|sign ?(in|up))\b.{0,20}$"
    r"|(log|sign) ?in (or (register|sign up|join) )?to (continue|read|view|see)"
    r"|(you must|please) (be logged in|log ?in|sign ?in)\b|register (for free )?to (continue|read)"
    r"|(create|sign up for) (a|your) (free )?account to|melden sie sich an, um|anmelden, um"
    r"|connectez-vous pour|inicia sesión para"
    r"|войдите,? (в систему|чтобы)|ログインしてください|请先?登录",
    re.IGNORECASE | re.MULTILINE,
)
ROBOT_CHECK = re.compile(
    r"just a moment\.\.\.|attention required! \| cloudflare|checking your browser"
    r"|(verify|confirm)(ing)? (that )?you('re| are) (a |not a )?(human|robot)"
    r"|are you a (human|robot)|robot check|enable javascript and cookies to continue"
    r"|pardon our interruption|unusual traffic from your|ddos protection by|solve the captcha"
    r"|complete the security check|while we verify your browser|\Aaccess denied$"
    r"|beveiliging van uw verbinding|of u een mens bent"
    r"|access to this page has been denied|you may be a robot"
    r"|enable js and disable any ad ?blocker"
    r"|you don't have permission to access .{1,300} on this server"
    r"|sicherheit ihrer verbindung|überprüfen sie, (ob|dass) sie ein mensch"
    r"|sécurité de votre connexion|vérifiez que vous êtes humain"
    r"|seguridad de (su|tu) conexión|verifi(que|ca) que (usted es|eres) un ser humano"
    r"|sicurezza della (tua )?connessione|segurança da sua conexão"
    r"|безопасность вашего (со|под)единения"
    r"|接続のセキュリティを確認|检查您的连接是否安全|验证您是真人",
    re.IGNORECASE | re.MULTILINE,
)
NEEDS_A_BROWSER = re.compile(
    r"(please )?(enable|turn on|activate) javascript|javascript (is|must be) (disabled|enabled)"
    r"|requires? javascript|bitte .{0,20}javascript|veuillez activer javascript"
    r"|(habilit|activ)[ae] javascript|включите javascript|javascriptを有効|启用 ?javascript",
    re.IGNORECASE,
)
NOT_THERE = re.compile(
    r"^\W*(error\W{1,3})?404\W"
    r"|^\W*(oops\W+)?(sorry\W+)?(the |this )?page (could |was |is )?not (be )?found\W*$"
    r"|(the |this )?page (that )?(you('re| are| were)|you’re) (looking|searching) for"
    r"|th(e|at|is) page (can('|’)t|cannot|could not|couldn('|’)t) be found"
    r"|seite (konnte (leider )?)?nicht gefunden|page (est )?(introuvable|non trouvée)"
    r"|página no (encontrada|existe)|pagina non trovata|pagina niet gevonden"
    r"|nie znaleziono strony|sayfa bulunamadı|th(e|is) (article|page|story) is no longer available"
    r"|pagina die (je|u) zoekt|sidan hittades inte"
    r"|страница не найдена|ページが見つかりません|页面不存在"
    r"|找不到(该|您|此)?.{0,8}页面|الصفحة غير موجودة",
    re.IGNORECASE | re.MULTILINE,
)
NO_SITE = re.compile(
    r"th(is|e) domain( name)? (is|may be) for sale|buy this domain|domain is registered, but"
    r"|this domain has expired"
    r"|diese domain (steht zum verkauf|ist zu verkaufen)|ce (nom de )?domaine est à vendre"
    r"|este dominio está (en venta|a la venta)|(web server|nginx) is successfully installed"
    r"|apache2? .{0,20}default page",
    re.IGNORECASE,
)
CONSENT = re.compile(
    r"\bcookies?\b|consent|privacy|personal data|\bpartners?\b|\bvendors\b|advertis"
    r"|legitimate interest"
    r"|einwilligung|zustimm|datenschutz|personenbezogen|consentement|données|confidentialité"
    r"|consentimiento|privacidad|datos personales|consenso|dati personali|toestemming|privacidade"
    r"|zgod|prywatno|samtyck|integritet",
    re.IGNORECASE,
)
ACCEPT = re.compile(
    r"accept|agree|reject|decline|manage|settings|preferences|akzept|zustimm|ablehn|einstellungen"
    r"|accepte|refuse|paramètr|acept|rechaz|configur|accett|rifiut|accepteer|weiger|aceit|akcept"
    r"|zgadzam|godkänn",
    re.IGNORECASE,
)
