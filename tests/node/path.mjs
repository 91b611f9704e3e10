// Steps 1 to 4 with the Node SDK; nothing but the base URLs differs from a program for the live API, and not even those
// when URL is "": then the environment leads to the sandbox's proxy face.
// node path.mjs URL ACCOUNT_SID AUTH_TOKEN
import assert from "node:assert/strict";
import twilio from "twilio";

const [url, sid, token] = process.argv.slice(2);
const client = twilio(sid, token);
if (url) {
  client.api.baseUrl = url;
  client.messaging.baseUrl = url;
}

const service = await client.messaging.v1.services.create({
  friendlyName: "Orders",
  usecase: "notifications",
  inboundRequestUrl: "https://example.com/in",
});
assert.equal(service.stickySender, true);
const changed = await client.messaging.v1.services(service.sid).update({ useInboundWebhookOnNumber: true });
assert.equal(changed.useInboundWebhookOnNumber, true);

const pool = client.messaging.v1.services(service.sid);
const numbers = await client.incomingPhoneNumbers.list({ pageSize: 3 });
assert.equal(numbers.length, 8);
for (const number of numbers.filter((each) => each.capabilities.sms)) {
  await pool.phoneNumbers.create({ phoneNumberSid: number.sid });
}
const [code] = await client.shortCodes.list();
await pool.shortCodes.create({ shortCodeSid: code.sid });
await pool.alphaSenders.create({ alphaSender: "ACME" });
await pool.destinationAlphaSenders.create({ alphaSender: "ACME GB", isoCountryCode: "GB" });
const [channel] = await client.messaging.v2.channelsSenders.list({ channel: "whatsapp" });
await pool.channelSenders.create({ sid: channel.sid });
assert.equal((await pool.phoneNumbers.list({ pageSize: 2 })).length, 7);
await assert.rejects(pool.phoneNumbers.create({ phoneNumberSid: numbers[0].sid }), { status: 409, code: 21710 });

const sent = [];
for (let n = 0; n < 5; n += 1) {
  const message = await client.messages.create({
    to: "+14155550123",
    body: `Order ${n}`,
    messagingServiceSid: service.sid,
  });
  assert.equal(message.status, "accepted");
  sent.unshift(message.sid);
}
await client.request({ method: "post", uri: `${client.api.baseUrl}/_sandbox/clock`, data: { Advance: "10" } });
const listed = await client.messages.list({ to: "+14155550123", pageSize: 2 });
assert.deepEqual(listed.map((message) => message.sid), sent);
const last = await client.messages(sent[0]).fetch();
assert.equal(last.from, code.shortCode);
await client.messages(sent[0]).update({ body: "" });
await client.messages(sent[0]).remove();
await assert.rejects(client.messages(sent[0]).fetch(), { status: 404, code: 20404 });

console.log(JSON.stringify({ status: last.status, service: service.sid }));
