// How a clip was really watched: seconds of playing time by the clock, and the union of the ranges that were played.

/** One item's watching. Times in ms; the range is the part of the clip that the item is about. */
export class Watch {
  constructor(start, end) {
    this.start = start;
    this.end = end;
    this.ranges = []; // [from, to], sorted, apart
    this.played = 0; // by the clock, whatever the speed
    this.since = null; // playing since: {clock, at}
  }

  /** Call while playing, with the present time of the clip: adds what was played since the last call. */
  tick(at, clock = performance.now()) {
    if (this.since) {
      this.played += clock - this.since.clock;
      // A jump back or a leap over more than the clock allows (a seek) is no playing.
      const moved = at - this.since.at;
      if (moved > 0 && moved <= (clock - this.since.clock) * 4.5 + 120) this.#add(this.since.at, at);
    }
    this.since = { clock, at };
  }

  /** Call when playing stops: pause, seek, wait for data, end. */
  rest(at = null, clock = performance.now()) {
    if (this.since && at !== null) this.tick(at, clock);
    else if (this.since) this.played += clock - this.since.clock;
    this.since = null;
  }

  /** The share of the range that was played at least once, 0 to 1. A hair missing at the ends is not held against it. */
  get share() {
    const whole = Math.max(1, this.end - this.start);
    let covered = 0;
    for (const [from, to] of this.ranges) covered += Math.max(0, Math.min(to, this.end) - Math.max(from, this.start));
    return covered >= whole - Math.min(250, whole * 0.1) ? 1 : covered / whole;
  }

  #add(from, to) {
    const apart = [];
    for (const [a, b] of this.ranges) {
      if (b < from - 60 || a > to + 60) apart.push([a, b]); // 60 ms: the grain of the ticks
      else {
        from = Math.min(from, a);
        to = Math.max(to, b);
      }
    }
    apart.push([from, to]);
    this.ranges = apart.sort((one, other) => one[0] - other[0]);
  }
}
