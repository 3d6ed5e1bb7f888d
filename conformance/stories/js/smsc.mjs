// A message centre on node-smpp, another implementation of the protocol than
// poolhouse's own. It prints its port and then, for each message that it takes, one
// line of JSON: the account, the numbers, and the text as it decoded and joined it.
// A text that holds "refuse" is turned down as ESME_RINVDSTADR.

import smpp from "smpp";

const parts = new Map();

// join returns the whole text once all of its parts are there.
function join({ short_message: { message, udh } }) {
  if (!udh?.length) return message;
  const [element] = Array.isArray(udh) ? udh : [udh];
  const [reference, total, number] = element.slice(-3);
  const list = parts.get(reference) ?? [];
  list[number - 1] = message;
  parts.set(reference, list);
  if (list.filter((part) => part !== undefined).length < total) return undefined;
  parts.delete(reference);
  return list.join("");
}

const server = smpp.createServer((session) => {
  let account = "";
  session.on("error", () => session.close());
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("bind_transmitter", (pdu) => {
    account = pdu.system_id;
    const known = pdu.password === "password" && pdu.interface_version === 0x34;
    session.send(pdu.response({ command_status: known ? smpp.ESME_ROK : smpp.ESME_RINVPASWD }));
  });
  session.on("submit_sm", (pdu) => {
    const text = join(pdu);
    const refused = text?.includes("refuse");
    session.send(pdu.response({ command_status: refused ? smpp.ESME_RINVDSTADR : smpp.ESME_ROK, message_id: "1" }));
    if (text === undefined || refused) return;
    const { source_addr: from, source_addr_ton: fromType, destination_addr: to, dest_addr_ton: toType } = pdu;
    console.log(JSON.stringify({ account, from, fromType, to, toType, text }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
