// The members as the file they are in a bundle: a tar (POSIX ustar), byte for byte what audit writes.

function tarField(header, at, width, value) {
  header.set(utf8(value.toString(8).padStart(width - 1, "0")), at);
}

function tarHeader(name, length, seconds) {
  const header = new Uint8Array(512);
  header.set(utf8(name), 0);
  tarField(header, 100, 8, 0o644);
  tarField(header, 108, 8, 0);
  tarField(header, 116, 8, 0);
  tarField(header, 124, 12, length);
  tarField(header, 136, 12, seconds);
  header.fill(0x20, 148, 156); // the sum is taken with blanks in its place
  header[156] = 0x30; // a regular file
  header.set(utf8("ustar\u000000"), 257);
  tarField(header, 329, 8, 0);
  tarField(header, 337, 8, 0);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.set(utf8(sum.toString(8).padStart(6, "0") + "\u0000 "), 148);
  return header;
}

function bundleOf(page) {
  const parts = [];
  for (const member of page.members.values()) {
    const content = utf8(member.text);
    const padding = new Uint8Array((512 - (content.length % 512)) % 512);
    parts.push(tarHeader(member.name, content.length, page.manifest.time), content, padding);
  }
  return [...parts, new Uint8Array(1024)];
}

function makeSave(page) {
  const name = `${page.checkpoint.origin.replace(/[^A-Za-z0-9.-]+/g, "-").slice(0, 80)}.audit-bundle.tar`;
  const save = () => {
    const url = URL.createObjectURL(new Blob(bundleOf(page), { type: "application/x-tar" }));
    element("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  return element(
    "p",
    {},
    element("button", { type: "button", onclick: save }, "Save the bundle"),
    " The same entries and proofs as a file, for audit verify and reverify.py.",
  );
}
