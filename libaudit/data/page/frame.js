// The document around what is shown: it must be the one that audit writes, since the reader sees it too.

const OUTSIDE =
  "something stands in it, outside of what was checked, that audit did not write (an extension of this browser can do that too)";

const META = [
  "meta name=viewport content=width=device-width, initial-scale=1",
  "meta name=referrer content=no-referrer",
  "meta name=generator content=audit",
  "link rel=icon href=data:,",
];

function shapeOf(node) {
  const attributes = [...node.attributes].map(({ name, value }) => `${name}=${value}`);
  return [node.localName, ...attributes].join(" ");
}

// The elements below one, and no text between them.
function shapesIn(parent) {
  const shapes = [];
  for (const node of parent.childNodes) {
    if (node.nodeType === Node.ELEMENT_NODE) shapes.push(shapeOf(node));
    else demand(node.nodeType === Node.TEXT_NODE && node.data.trim() === "", OUTSIDE);
  }
  return shapes;
}

function demandShapes(parent, ...shapes) {
  demand(parent !== null && shapesIn(parent).join("\n") === shapes.join("\n"), OUTSIDE);
}

// members: names, in their order; policy: what the page says of itself.
function checkFrame(document, members, policy) {
  const { documentElement: html, head, body } = document;
  demand(document.childNodes.length === 2 && document.doctype?.name === "html", OUTSIDE);
  demand(shapeOf(html) === "html lang=en", OUTSIDE);
  demandShapes(html, "head", "body");
  demandShapes(
    head,
    "meta charset=utf-8",
    `meta http-equiv=Content-Security-Policy content=${policy}`,
    ...META,
    "title",
    "style",
  );
  const data = ["id=about", ...members.map((name) => `data-member=${name}`)];
  demandShapes(
    body,
    "main",
    ...data.map((what) => `script type=application/json ${what}`),
    "script",
  );
  demandShapes(body.firstElementChild, "div class=banner bad role=status", "noscript");
}

// A body in which nothing is that was not made here: even what a frame cannot show (a shadow root that
// covers an element) is gone.
function freshBody(document) {
  const banner = element("div", { className: "banner partial", role: "status" });
  const main = element("main", {}, banner);
  const scripts = [...document.querySelectorAll("body > script")];
  document.body = element("body", {}, main, ...scripts);
  return { main, banner };
}
