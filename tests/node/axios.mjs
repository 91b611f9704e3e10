// Sends a message, lists the messages and fetches it with an axios that sends absolute URLs to its proxy.
import axios from "axios-1.2.4";

const sid = process.env.TWILIO_ACCOUNT_SID;
const client = axios.create({
  baseURL: `https://api.twilio.com/2010-04-01/Accounts/${sid}`,
  auth: { username: sid, password: process.env.TWILIO_AUTH_TOKEN },
});
const form = new URLSearchParams({ To: "+14155550123", From: "+14155550100", Body: "From axios" });
const sent = (await client.post("/Messages.json", form)).data;
const list = (await client.get("/Messages.json", { params: { PageSize: 5 } })).data.messages;
const one = (await client.get(`/Messages/${sent.sid}.json`)).data;
console.log(sent.sid, list.some((message) => message.sid === sent.sid), one.body === "From axios");
