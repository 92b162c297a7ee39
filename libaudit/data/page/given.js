// What the reader holds against the page: a verifier key, or a checkpoint kept from elsewhere.
// Each answer is { state, text }: "good" (it holds), "bad" (it contradicts), "partial" (says little).

async function judgeKey(page, text) {
  const key = readKey(text);
  const { checkpoint } = page;
  if (key.type === COSIGNATURE) return judgeWitness(checkpoint, key);
  if (key.name !== checkpoint.origin) {
    return {
      state: "bad",
      text: `This key is of ${key.name}, and the page is of ${checkpoint.origin}.`,
    };
  }
  const at = page.keys.findIndex((known) => known.key.text === key.text);
  if (at < 0) {
    return {
      state: "bad",
      text: "The holder of this key did not sign this ledger: it is none of its keys.",
    };
  }
  const followed = page.checks.find((check) => check.name === "history");
  if (followed.state !== "pass")
    return {
      state: followed.state === "fail" ? "bad" : "partial",
      text: `This key cannot be followed: ${followed.detail}.`,
    };
  const answer = await askKey(checkpoint, signersAt(page.keys, checkpoint.size).at(-1));
  if (answer === "unknown")
    return { state: "partial", text: "This browser cannot check Ed25519 signatures." };
  if (answer !== "valid")
    return { state: "bad", text: "The checkpoint is not signed by this key." };
  const later = page.keys.length - 1 - at;
  const through =
    later === 0 ? "" : `, through ${later} change${later === 1 ? "" : "s"} of key that it leads to`;
  return {
    state: "good",
    key: true,
    text: `The checkpoint is signed by the key you gave${through}.`,
  };
}

async function judgeWitness(checkpoint, key) {
  const answer = await askKey(checkpoint, key);
  if (answer === "unknown")
    return { state: "partial", text: "This browser cannot check Ed25519 signatures." };
  if (answer === "absent")
    return { state: "partial", text: `The witness ${key.name} has not signed this checkpoint.` };
  if (answer !== "valid")
    return { state: "bad", text: `The signature of the witness ${key.name} is wrong.` };
  const line = checkpoint.signatures.find((one) => one.name === key.name && one.id === key.id);
  const { time } = signedBy(key, checkpoint, line);
  const when = new Date(Number(time) * 1000).toISOString().replace(".000", "");
  return {
    state: "good",
    witness: true,
    text: `The witness ${key.name} signed this checkpoint at ${when}.`,
  };
}

async function judgeCheckpoint(page, text) {
  const { checkpoint } = page;
  const kept = readNote(text.endsWith("\n") ? text : text + "\n");
  if (kept.origin !== checkpoint.origin) {
    return {
      state: "bad",
      text: `That is a checkpoint of ${kept.origin}, and the page is of ${checkpoint.origin}: it says nothing about this page.`,
    };
  }
  const sizes = `yours is of ${kept.size} entries, the page's of ${checkpoint.size}`;
  const root = kept.size <= checkpoint.size ? page.tree?.root(0, kept.size) : undefined;
  if (!root) return otherSize(kept, checkpoint, sizes);
  if (sameBytes(root, kept.root)) {
    if ((await whoSigned(page, kept)) !== YOURS) {
      return {
        state: "partial",
        text: `Your checkpoint fits (${sizes}), but no key of this page signed it: anybody may have made it.`,
      };
    }
    return kept.size === checkpoint.size
      ? {
          state: "good",
          anchor: true,
          text: "Your checkpoint and that of the page are the same: same size, same root.",
        }
      : { state: "good", anchor: true, text: `The page extends your checkpoint (${sizes}).` };
  }
  return {
    state: "bad",
    text:
      `Your checkpoint has another root at ${kept.size} entries: there are two histories of this ledger, ` +
      `if both are signed by its key (${await whoSigned(page, kept)}). Keep both: they are evidence.`,
  };
}

const YOURS = "yours is";

async function whoSigned(page, kept) {
  for (const { key } of page.keys) {
    if ((await askKey(kept, key)) === "valid") return YOURS;
  }
  return "of yours this page cannot say so";
}

function otherSize(kept, checkpoint, sizes) {
  const which =
    kept.size > checkpoint.size
      ? "The page is older than your checkpoint"
      : "The page is newer than your checkpoint";
  return {
    state: "partial",
    text:
      `${which} (${sizes}). Whether one continues the other only the ledger can show: ` +
      "audit verify LEDGER --known FILE, with your checkpoint as FILE.",
  };
}

// text: one or more keys, a line each, or a checkpoint. Answers in their order.
async function judgeGiven(page, text) {
  const trimmed = text.replace(/\r\n/g, "\n").replace(/^\s+/, "").trimEnd();
  if (trimmed.includes("\n\n")) return [await guarded(() => judgeCheckpoint(page, trimmed))];
  const lines = trimmed
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  const answers = [];
  for (const line of lines) answers.push(await guarded(() => judgeKey(page, line)));
  return answers;
}

async function guarded(judge) {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof Fault)
      return { state: "bad", unread: true, text: `This cannot be used: ${error.message}.` };
    throw error;
  }
}
