// Writes segment_vectors.json: generated texts and what Twilio's segment calculator makes of them.
//
// Source: npm package sms-segments-calculator 1.3.0 (MIT, TwilioDevEd/message-segment-calculator, 2026-09-04), which
// splits graphemes with grapheme-splitter 1.0.4 (MIT). Same seed, same bytes. To remake, in any folder:
//
//     npm install sms-segments-calculator@1.3.0 grapheme-splitter@1.0.4
//     node path/to/make_segment_vectors.mjs > path/to/segment_vectors.json
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "here.js"));
const { SegmentedMessage } = require("sms-segments-calculator");
const smartMap = require(join(process.cwd(), "node_modules/sms-segments-calculator/dist/libs/SmartEncodingMap.js")).default;
const version = (name) => require(`${name}/package.json`).version;

const SEED = 20261123;
let state = SEED;
const random = () => {
  // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const many = (n, make) => Array.from({ length: n }, make);
const mix = (n, list) => many(n, () => pick(list)).join("");

const GSM = [
  ..."@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?",
  ..."¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
];
const PLAIN = [..."abcdefghijklmnopqrstuvwxyz     .,0123456789ET"];
const EXTENSION = [..."\f^{}\\[~]|€"];
const ACCENTS = [..."áâãçêëíîïóôõúûýÿőűşğčžłńż"];
const SCRIPTS = [
  "日本語中文字漢簡體測試消息服務、。", "привет как дела сообщение", "مرحبا كيف حالك رسالة",
  "नमस्ते आप कैसे हैं संदेश", "สวัสดีครับข้อความ", "안녕하세요 메시지 서비스", "שלום מה שלומך",
  "γειά σου κόσμε", "வணக்கம் செய்தி", "ကောင်းပါတယ်", "한국어 각각", "\u0600١٢ \u06dd٣ ",
].map((script) => [...script]);
const SMART = [..."‘’“”–—…«»•·™′″‹›½¼¾`´！？（）ＡＢＣ１２３￣\t\u00a0\u2002\u202f\u3000\u200b\u200c\ufeff"];
const MARKS = [..."\u0300\u0301\u0308\u0323\u0327\u0332\u0336\u0338\u0489\u20dd\u20e3\ufe0f\u093e\u0903\u200d\u200c"];
const EMOJI = [
  "😀", "🚀", "❤️", "❤", "☎️", "👍🏽", "🤷🏾‍♀️", "👩‍🚀", "👩🏿‍🔬", "👨‍👩‍👧‍👦", "👩‍❤️‍💋‍👨", "👩🏽‍❤️‍👨🏻",
  "👁️‍🗨️", "🏳️‍🌈", "🏴‍☠️", "❤️‍🔥", "🧑‍🤝‍🧑", "🐻‍❄️", "🦸🏽‍♂️", "🫱🏻‍🫲🏿", "🧑🏽‍🦰", "1️⃣", "#️⃣", "©️",
  "🇺🇸", "🇨🇦", "🇬🇧", "🇯🇵", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇺", "🏽", "☝🏿", "👩‍", "‍👩", "♀", "👨🏼‍⚕️",
];
// Every class that has to do with joining emoji; their rules are the subtlest.
const JOINING = ["\u200d", "\u200d", "\ufe0f", "\u{1F469}", "\u{1F469}", "\u{1F3FD}", "\u261d", "\u2764"];
// One code point, at least, of every grapheme break class.
const CLASSES = [
  "\r", "\n", "\u0085", "\u00ad", "\u0600", "\u0d4e", "\u0301", "\ufe0f", "\u200d", "\u200d", "\u0903", "\u{1F1FA}", "\u{1F1F8}",
  "\u1100", "\u1161", "\u11a8", "\uac00", "\uac01", "\u261d", "\u{1F935}", "\u{1F469}", "\u{1F3FD}", "\u2640", "\u2764", "a", "\u{1F600}", "漢",
];
const EDGES = [1, 2, 34, 66, 67, 68, 69, 70, 71, 76, 77, 80, 133, 134, 135, 152, 153, 154, 159, 160, 161, 200, 201, 202, 305, 306, 307, 459, 460, 612, 613];
const LONG = [765, 1005, 1072, 1530, 1599, 1600];

const texts = ["", " ", "\u261d\ufe0f\u{1F3FD}", "\u261d\ufe0f\ufe0f\u{1F3FD}", "\0", "\ud800", "a\udc00b", "\udfff".repeat(71), "\t".repeat(60), "\r\n".repeat(35), "\r\n".repeat(36), "\r\n".repeat(80), "\r\n".repeat(81)];
const add = (...more) => texts.push(...more);
const near = () => Math.max(1, pick(EDGES) + below(5) - 2);
const insert = (text, bit, at) => [...text.slice(0, at), bit, ...text.slice(at)].join("");
const sprinkle = (text, bits) => bits.reduce((so, bit) => insert([...so], bit, below([...so].length + 1)), text);
// `text` cut to about `n` UTF-16 units between code points.
const cut = (text, n) => {
  let out = "";
  for (const c of text) {
    if (out.length + c.length > n) break;
    out += c;
  }
  return out;
};

for (const n of [...EDGES, ...LONG]) {
  add(mix(n, PLAIN), mix(n, GSM), mix(n, PLAIN) + pick(SMART), mix(n - 1, PLAIN) + "é", mix(n - 1, PLAIN) + "ê");
  add(mix(n, PLAIN) + "€", "€".repeat(n), cut(mix(n, EMOJI), Math.min(n, 1600)));
}
for (const edge of [70, 152, 153, 159, 160, 305, 306, 458, 459]) {
  for (let at = edge - 3; at <= edge + 1; at++) {
    for (const total of [at + 1, edge + 1, edge + 12]) {
      add(insert(mix(Math.max(at, total - 1), PLAIN), pick(EXTENSION), at));
    }
  }
}
for (const edge of [67, 70, 134, 201]) {
  for (const emoji of EMOJI) {
    const at = edge - 1 - below(emoji.length);
    add(insert("漢" + mix(edge + below(8), PLAIN), emoji, at), mix(at, PLAIN) + emoji);
  }
}
add(...many(220, () => sprinkle(mix(near(), GSM), many(1 + below(12), () => pick(EXTENSION)))));
add(...many(160, () => mix(near(), [...GSM, ...EXTENSION])));
add(...many(160, () => sprinkle(mix(near(), PLAIN), many(1 + below(4), () => pick(ACCENTS)))));
add(...many(260, () => mix(near(), pick(SCRIPTS))));
add(...many(220, () => sprinkle(mix(near(), PLAIN), many(1 + below(6), () => pick(EMOJI)))));
add(...many(160, () => cut(mix(near(), EMOJI), near())));
add(...many(120, () => sprinkle(mix(near(), pick(SCRIPTS)), many(1 + below(20), () => pick(MARKS)))));
add(...many(60, () => sprinkle(mix(near(), PLAIN), [pick(["e", "漢"]) + mix(below(90), MARKS)])));
add(...many(30, () => pick(["e", "漢"]) + mix(50 + below(60), MARKS.slice(0, 10)) + mix(below(90), PLAIN)));
add(...many(30, () => many(4, () => "z" + mix(below(70), MARKS.slice(0, 10))).join("")));
add(...many(320, () => mix(1 + below(14), CLASSES)));
add(...many(60, () => mix(near(), CLASSES)), ...many(240, () => mix(3 + below(8), JOINING)));
add(...many(160, () => sprinkle(mix(near(), PLAIN), many(1 + below(4), () => pick(["\r\n", "\n", "\r", "\n\r"])))));
add(...many(20, () => cut(mix(1600, [...PLAIN, ...pick(SCRIPTS), ...SMART, ...EMOJI]), 1600)));
const smart = [...texts.slice(0, 13), ...Object.keys(smartMap).map((c) => `a${c}b`)];
smart.push(...many(420, () => sprinkle(mix(near(), PLAIN), many(1 + below(6), () => pick(SMART)))));
smart.push(...many(60, () => sprinkle(mix(near(), PLAIN), [pick(SMART), pick(SMART), pick([...EMOJI, ...ACCENTS])])));
smart.push(...many(30, () => mix(near(), Object.keys(smartMap))));

const measured = (text, smartEncoding) => {
  const message = new SegmentedMessage(text, "auto", smartEncoding);
  const bits = message.encodingName === "GSM-7" ? 7 : 16;
  const room = Math.max(0, Math.floor(message.segments.at(-1).freeSizeInBits() / bits));
  return [text, smartEncoding, message.encodingName, message.segmentsCount, message.graphemes.length, message.messageSize / bits, room];
};
const unique = (list) => [...new Set(list)].filter((text) => [...text].length <= 1600);
const vectors = [
  ...unique(texts).map((text) => measured(text, false)),
  ...unique(smart).flatMap((text) => [measured(text, true), ...(random() < 0.3 ? [measured(text, false)] : [])]),
];

// What nobody could see in an editor is written as an escape.
const json = (value) =>
  JSON.stringify(value).replace(/[\p{C}\p{M}\p{Zl}\p{Zp}]|[^\P{Zs} ]/gu, (c) =>
    [...Array(c.length).keys()].map((i) => "\\u" + c.charCodeAt(i).toString(16).padStart(4, "0")).join(""),
  );
const source = {
  package: `sms-segments-calculator ${version("sms-segments-calculator")} (MIT)`,
  graphemes: `grapheme-splitter ${version("grapheme-splitter")} (MIT)`,
  made: "2026-11-23, by make_segment_vectors.mjs",
  seed: SEED,
  columns: ["text", "smart_encoding", "encoding", "count", "characters", "units", "room"],
};
process.stdout.write(
  `{\n"source": ${json(source)},\n"smart_encoding": ${json(smartMap)},\n"vectors": [\n${vectors.map(json).join(",\n")}\n]\n}\n`,
);
