// The Merkle tree of RFC 6962: a root from the leaves and nodes that are known, and audit paths.

function nodeDigest(left, right) {
  return sha256(ONE_BYTE[1], left, right);
}

// One line of nodes.txt for each node: LEVEL INDEX BASE64, from left to right among the leaves.
function readNodes(text) {
  const nodes = new Map();
  let end = 0; // of the leaves below the node before
  for (const line of linesOf(text)) {
    const found = /^(0|[1-9][0-9]?) (0|[1-9][0-9]{0,15}) ([A-Za-z0-9+/=]{44})$/.exec(line);
    demand(found, "a line of nodes.txt is no node");
    const [level, index] = [Number(found[1]), Number(found[2])];
    const leaves = 2 ** level;
    demand(
      level <= 52 && (index + 1) * leaves <= Number.MAX_SAFE_INTEGER,
      "nodes.txt has a node that is too large",
    );
    demand(index * leaves >= end, "nodes.txt is out of order");
    end = (index + 1) * leaves;
    nodes.set(`${level} ${index}`, fromBase64(found[3], 32));
  }
  return nodes;
}

// The lines of a text in which each line ends with a line feed.
function linesOf(text) {
  demand(text === "" || text.endsWith("\n"), "a file does not end with its last line");
  return text === "" ? [] : text.slice(0, -1).split("\n");
}

class Tree {
  // leaves: seq -> digest; nodes as readNodes gives them.
  constructor(leaves, nodes) {
    this.leaves = leaves;
    this.nodes = nodes;
    this.sorted = [...leaves.keys()].sort((a, b) => a - b);
    this.used = 0; // nodes
  }

  hasLeaf(begin, end) {
    let [low, high] = [0, this.sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle] < begin) low = middle + 1;
      else high = middle;
    }
    return low < this.sorted.length && this.sorted[low] < end;
  }

  // The root of leaves [begin, begin + count), undefined if it does not follow from what is known.
  // A node is believed only where no leaf under it is shown.
  root(begin, count) {
    if (count === 1 && this.leaves.has(begin)) return this.leaves.get(begin);
    const level = Math.round(Math.log2(count));
    if (2 ** level === count && begin % count === 0 && !this.hasLeaf(begin, begin + count)) {
      const node = this.nodes.get(`${level} ${begin / count}`);
      if (node) ++this.used;
      return node;
    }
    if (count <= 1) return undefined;
    let half = 1;
    while (2 * half < count) half *= 2;
    const left = this.root(begin, half);
    const right = left && this.root(begin + half, count - half);
    return right && nodeDigest(left, right);
  }
}

// The root that an audit path leads to (RFC 9162, 2.1.3.2); undefined if the path has the wrong length.
function rootOfPath(leaf, index, size, path) {
  if (index >= size) return undefined;
  let [at, last, digest] = [BigInt(index), BigInt(size) - 1n, leaf];
  for (const sibling of path) {
    if (last === 0n) return undefined;
    if (at & 1n || at === last) {
      digest = nodeDigest(sibling, digest);
      while (!(at & 1n) && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      digest = nodeDigest(digest, sibling);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n ? digest : undefined;
}
