namespace Crater.Reports.Html;

/// <summary>The look of a report: light, dark and on paper, from one set of named colours.</summary>
internal static class Style
{
    public const string Css = """
        :root{--paper:#ffffff;--card:#f6f8fa;--ink:#1f2328;--soft:#59636e;--rule:#d1d9e0;--grid:#e4e8ec;
        --bad:#b42318;--bad-wash:#fdecea;--warn:#9a4b00;--warn-wash:#fff1e0;--good:#116329;--good-wash:#e6f6ea;--unsure:#5b4a9c;--unsure-wash:#efebfb;
        --a:#0b62c4;--b:#8a3ffc;--c:#c2410c;--fault:#b4231814}
        @media (prefers-color-scheme:dark){:root{--paper:#0f1317;--card:#171d23;--ink:#e8edf2;--soft:#9aa7b4;--rule:#313a43;--grid:#232b33;
        --bad:#ff8f85;--bad-wash:#3a1512;--warn:#ffb86b;--warn-wash:#33230f;--good:#6fdd8b;--good-wash:#0f2c18;--unsure:#b9a8ff;--unsure-wash:#231d3d;
        --a:#6db3ff;--b:#c4a0ff;--c:#ff9d5c;--fault:#ff8f851f;color-scheme:dark}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
        main{max-width:1080px;margin:0 auto;padding:28px 24px 56px}
        header p.kind{margin:0;color:var(--soft);font-size:13px;letter-spacing:.04em;text-transform:uppercase}
        h1{font-size:27px;line-height:1.25;margin:2px 0 14px;overflow-wrap:anywhere}
        h2{font-size:19px;margin:38px 0 10px;padding-bottom:5px;border-bottom:1px solid var(--rule)}
        h3{font-size:15px;margin:22px 0 6px}
        p{margin:8px 0;max-width:92ch;overflow-wrap:anywhere}
        a{color:var(--a)}
        .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .verdict{border-left:6px solid;border-radius:6px;padding:12px 16px;margin:0 0 14px;font-size:16px}
        .verdict strong{font-size:18px}
        .verdict p{margin:4px 0 0;font-size:16px;max-width:none}
        .refuted{border-color:var(--bad);background:var(--bad-wash)}.refuted strong{color:var(--bad)}
        .upheld{border-color:var(--good);background:var(--good-wash)}.upheld strong{color:var(--good)}
        .inconclusive{border-color:var(--unsure);background:var(--unsure-wash)}.inconclusive strong{color:var(--unsure)}
        .residue{border:4px solid var(--bad);border-radius:8px;background:var(--bad-wash);padding:14px 18px;margin:0 0 16px}
        .residue h2{border:0;margin:0 0 6px;color:var(--bad);font-size:23px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(215px,1fr));gap:12px;margin:16px 0}
        .tile{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:11px 14px}
        .tile .what{color:var(--soft);font-size:13px}.tile .value{font-size:25px;font-weight:650;line-height:1.3;font-variant-numeric:tabular-nums}
        .tile .before{color:var(--soft);font-size:13px}
        .tile.hit .value{color:var(--bad)}.tile.calm .value{color:var(--good)}
        dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:3px 18px;margin:10px 0}
        dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}
        ul{padding-left:21px;margin:8px 0;max-width:95ch}li{margin:3px 0;overflow-wrap:anywhere}
        .scroll{overflow-x:auto;margin:10px 0}
        table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
        th{text-align:left;font-weight:600;color:var(--soft);font-size:13px;border-bottom:2px solid var(--rule);padding:6px 12px 6px 0;vertical-align:bottom}
        td{border-bottom:1px solid var(--rule);padding:6px 12px 6px 0;vertical-align:top;overflow-wrap:anywhere}
        .figures td:nth-child(n+1):nth-child(-n+6){white-space:nowrap}
        .tag{display:inline-block;border-radius:10px;padding:0 9px;font-size:13px;white-space:nowrap}
        .tag.bad{background:var(--bad-wash);color:var(--bad)}.tag.good{background:var(--good-wash);color:var(--good)}.tag.unsure{background:var(--unsure-wash);color:var(--unsure)}
        tr.alarm td{color:var(--bad)}
        ol.time{list-style:none;padding:0;margin:12px 0;max-width:none}
        ol.time li{display:grid;grid-template-columns:86px 78px 1fr;gap:10px;padding:4px 0 4px 14px;border-left:3px solid var(--rule);margin:0}
        ol.time .clock,ol.time .offset{color:var(--soft);font-variant-numeric:tabular-nums;font-size:14px}ol.time .offset{text-align:right}
        ol.time li.alarm{border-color:var(--bad)}ol.time li.alarm .said{color:var(--bad);font-weight:600}
        figure{margin:16px 0;break-inside:avoid}
        figcaption{font-weight:600;margin-bottom:4px}
        figcaption .key{font-weight:400;font-size:13px;margin-left:14px}.key::before{content:"";display:inline-block;width:16px;height:3px;border-radius:2px;vertical-align:middle;margin-right:6px;background:currentColor}
        .key.a{color:var(--a)}.key.b{color:var(--b)}.key.c{color:var(--c)}.key.bad{color:var(--bad)}.key.good{color:var(--good)}
        svg{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
        .chart svg{background:var(--card);border:1px solid var(--rule);border-radius:8px}
        .grid{stroke:var(--grid)}.axis,.mark{stroke:var(--soft)}.tick{fill:var(--soft);font-size:12px}
        .fault{fill:var(--fault)}.edge{stroke:var(--bad);stroke-dasharray:3 3;opacity:.75}.fault-name{fill:var(--bad);font-size:12px}
        .line{fill:none;stroke-width:2;stroke-linejoin:round}
        .line.a{stroke:var(--a)}.line.b{stroke:var(--b)}.line.c{stroke:var(--c)}.line.bad{stroke:var(--bad)}.line.good{stroke:var(--good)}
        .dot.a,.worst.a{fill:var(--a)}.dot.b,.worst.b{fill:var(--b)}.dot.c,.worst.c{fill:var(--c)}.dot.bad,.worst.bad{fill:var(--bad)}.dot.good,.worst.good{fill:var(--good)}
        .worst{stroke:var(--card);stroke-width:1.5}.worst-name{fill:var(--ink);font-size:13px;font-weight:650;paint-order:stroke;stroke:var(--card);stroke-width:4px}
        .limit{stroke:var(--soft);stroke-dasharray:6 4}.limit-name{fill:var(--soft);font-size:11px;paint-order:stroke;stroke:var(--card);stroke-width:4px}
        .small{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:0 18px}
        .arrow{fill:none;stroke:var(--soft);stroke-width:1.2;opacity:.6}.arrow.hot{stroke:var(--warn);stroke-width:2;opacity:1}.tip{fill:var(--soft)}
        .box rect{fill:var(--card);stroke:var(--rule);stroke-width:1.4}.box .name{fill:var(--ink);font-size:13px;font-weight:600}.box .state{fill:var(--soft);font-size:11.5px}
        .box.target rect{fill:var(--bad-wash);stroke:var(--bad);stroke-width:3}.box.target .state{fill:var(--bad)}
        .box.hit rect{fill:var(--warn-wash);stroke:var(--warn);stroke-width:2}.box.hit .state{fill:var(--warn)}
        .box.spared rect{stroke:var(--good);stroke-dasharray:5 3}.box.spared .state{fill:var(--good)}
        .box.unseen rect{stroke:var(--unsure);stroke-dasharray:2 3;stroke-width:1.8}.box.unseen .state{fill:var(--unsure)}
        .life{stroke:var(--rule)}.who{fill:var(--card);stroke:var(--soft)}.who-name{fill:var(--ink);font-weight:600;font-size:13px}
        .message{stroke:var(--ink);stroke-width:1.4}.reply{stroke-dasharray:5 4}.sequence .tip{fill:var(--ink)}
        .word{fill:var(--ink);font-size:12.5px;paint-order:stroke;stroke:var(--paper);stroke-width:4px}.when{fill:var(--soft);font-variant-numeric:tabular-nums}
        .note{fill:var(--warn-wash);stroke:var(--warn)}.note+.word{stroke:none}
        .advice{border-left:4px solid var(--a);padding:2px 0 2px 14px;margin:12px 0;max-width:95ch;break-inside:avoid}.advice p{margin:2px 0}.advice .why{color:var(--soft)}
        pre{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px 14px;overflow-x:auto;font:13px/1.5 ui-monospace,"Cascadia Mono",Menlo,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere}
        code{font:.92em ui-monospace,"Cascadia Mono",Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
        details summary{cursor:pointer;color:var(--a);margin:8px 0}
        footer{margin-top:44px;padding-top:10px;border-top:1px solid var(--rule);color:var(--soft);font-size:13px}
        @media (max-width:640px){ol.time li{grid-template-columns:78px 64px 1fr}.small{grid-template-columns:1fr}main{padding:18px 14px}}
        @media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#bbb;--grid:#ddd;--bad:#a1190f;--bad-wash:#fdecea;--warn:#8a4200;--warn-wash:#fff1e0;--good:#0d5522;--good-wash:#e6f6ea;
        --unsure:#4b3b8c;--unsure-wash:#efebfb;--a:#0b4f9e;--b:#6d28d9;--c:#b03a06;--fault:#b423181a;color-scheme:light}
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        body{font-size:10.5pt}main{max-width:none;padding:0}h2{break-after:avoid}tr,ol.time li,.tile,figure,.advice,.verdict,.residue{break-inside:avoid}.scroll{overflow:visible}
        .tiles{grid-template-columns:repeat(4,1fr)}.tile .value{font-size:17pt}.small{grid-template-columns:1fr 1fr}}
        @page{margin:16mm 14mm}
        """;
}
