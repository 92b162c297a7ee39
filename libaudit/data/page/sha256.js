// SHA-256 (FIPS 180-4). The browser's own is asked too, for whole members (check.js): it can only be
// called for one message at a time, and an entry needs about ten small ones.

const SHA_FRACTIONS = (() => {
  // The first 32 bits of the fractions of roots of primes: square roots for the state, cube roots for
  // the rounds. In whole numbers, so that nothing depends on how a browser rounds.
  const primes = [];
  for (let n = 2; primes.length < 64; ++n) if (primes.every((prime) => n % prime)) primes.push(n);
  const fraction = (prime, power) => {
    const wanted = BigInt(prime) << BigInt(32 * power);
    let low = 0n;
    for (let bit = 1n << 40n; bit > 0n; bit >>= 1n)
      if ((low + bit) ** BigInt(power) <= wanted) low += bit;
    return Number(BigInt.asIntN(32, low));
  };
  return {
    state: Int32Array.from(primes.slice(0, 8), (prime) => fraction(prime, 2)),
    rounds: Int32Array.from(primes, (prime) => fraction(prime, 3)),
  };
})();

const shaSchedule = new Int32Array(64);

function shaBlock(state, bytes, at) {
  const w = shaSchedule;
  const k = SHA_FRACTIONS.rounds;
  for (let i = 0; i < 16; ++i, at += 4) {
    w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; ++i) {
    const x = w[i - 15];
    const y = w[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; ++i) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

// H(parts, one after the other).
function sha256(...parts) {
  const state = SHA_FRACTIONS.state.slice();
  const block = new Uint8Array(64);
  let held = 0; // bytes in `block`
  let total = 0;
  for (const part of parts) {
    let at = 0;
    total += part.length;
    while (at < part.length) {
      if (held === 0 && part.length - at >= 64) {
        shaBlock(state, part, at);
        at += 64;
        continue;
      }
      const taken = Math.min(64 - held, part.length - at);
      block.set(part.subarray(at, at + taken), held);
      held += taken;
      at += taken;
      if (held === 64) {
        shaBlock(state, block, 0);
        held = 0;
      }
    }
  }
  block.fill(0, held);
  block[held] = 0x80;
  if (held >= 56) {
    shaBlock(state, block, 0);
    block.fill(0);
  }
  block.set(integer(8 * total, 8), 56);
  shaBlock(state, block, 0);
  const digest = new Uint8Array(32);
  const view = new DataView(digest.buffer);
  state.forEach((word, i) => view.setInt32(4 * i, word));
  return digest;
}
