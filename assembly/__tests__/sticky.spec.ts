/** Sticky until hot: which host a key goes to. */
import { decode, decodedSelection } from '../config/decode';
import * as passage from '../load/passage';
import { countKey } from '../load/sketch';
import { Selection } from '../select/model';
import { policyAt } from '../select/select';
import { pickedDepth, pickedHot } from '../select/sticky-pick';
import { closeSticky, openSticky } from '../select/sticky-hosts';
import { begin, clock, clusterOf, end, home, key, picked, policyWith, stateAt, step, stickyOf } from './sticky-support';
import { bytesOf, prepare } from './support';

describe('the choice', () => {
  test('is Maglev while nothing is known', () => {
    const policy = policyWith(8, '{"target":0.8,"bound":2.5,"hops":8}');
    for (let i: u64 = 0; i < 500; i++) expect(picked(policy, key(i))).toBe(home(policy, key(i)));
    expect(pickedDepth()).toBe(0);
    expect(pickedHot()).toBe(false);
    closeSticky(policy);
  });

  test('turns away what is above the bound, to the same next host each time', () => {
    const policy = policyWith(8, '{"target":0.8,"bound":2,"hops":8}');
    const hash = key(7);
    const own = home(policy, hash);
    // The others have 7 in flight: at 2 times an eighth of 7 + n the home takes n - 3 < (7 + n) / 4.
    for (let i = 0; i < 8; i++) if (i != own) begin(stateAt(policy, i));
    for (let i = 0; i < 6; i++) {
      expect(picked(policy, key(7))).toBe(own, 'with ' + i.toString());
      begin(stateAt(policy, own));
      // A key is hot when it is all there is: let the others be asked for too.
      for (let other: u64 = 0; other < 64; other++) countKey(stickyOf(policy).sketch, key(1000 + other));
    }
    begin(stateAt(policy, own));
    const next = picked(policy, hash);
    expect(next).not.toBe(own);
    expect(pickedDepth()).toBe(1);
    expect(picked(policy, hash)).toBe(next);
    for (let i = 0; i < 7; i++) end(stateAt(policy, own));
    expect(picked(policy, hash)).toBe(own);
  });

  test('gives always the same part of the keys away, in proportion to what is shed', () => {
    const policy = policyWith(8, '{"target":0.8,"bound":2.5,"hops":8}');
    let before: i32[] = [];
    for (let part = 1; part <= 3; part++) {
      stateAt(policy, 2).shed = <f64>part * 0.3;
      let moved: i32[] = [];
      let own = 0;
      for (let i: u64 = 0; i < 2000; i++) {
        const chosen = picked(policy, key(i));
        if (home(policy, key(i)) != 2) {
          expect(chosen).toBe(home(policy, key(i)));
          continue;
        }
        own++;
        if (chosen != 2) moved.push(<i32>i);
      }
      const seen = <f64>moved.length / <f64>own;
      expect(seen > <f64>part * 0.3 - 0.12 && seen < <f64>part * 0.3 + 0.12).toBe(true, seen.toString());
      for (let i = 0; i < before.length; i++) expect(moved.includes(before[i])).toBe(true);
      before = moved;
    }
  });

  test('spreads a key that one host cannot carry', () => {
    const policy = policyWith(8, '{"target":0.8,"bound":2.5,"hops":8}');
    let seen = 0;
    for (let i = 0; i < 100; i++) {
      const host = picked(policy, key(1));
      seen |= 1 << host;
      begin(stateAt(policy, host));
    }
    expect(pickedHot()).toBe(true);
    expect(popcnt<i32>(seen) >= 6).toBe(true, seen.toString());
  });

  test('takes fewer above its share where answers are streams', () => {
    const fits: i32[] = [];
    for (let streaming = 0; streaming < 2; streaming++) {
      const policy = policyWith(4, '{"target":0.8,"bound":2.5,"hops":8}');
      for (let i = 0; i < 4; i++) for (let n = 0; n < 8; n++) begin(stateAt(policy, i));
      clusterOf(policy).streaming = streaming;
      let more = 0;
      for (let n: u64 = 0; more < 20; n++) {
        if (home(policy, key(n)) != 2) continue;
        if (picked(policy, key(n)) != 2) break;
        begin(stateAt(policy, 2));
        more++;
      }
      fits.push(more);
    }
    expect(fits).toStrictEqual([13, 5]);
  });

  test('stays within its hops, and finds someone when all are full', () => {
    const policy = policyWith(8, '{"target":0.8,"hops":2,"bound":1}');
    let seen = 0;
    for (let i = 0; i < 200; i++) {
      const host = picked(policy, key(3));
      seen |= 1 << host;
      begin(stateAt(policy, host));
    }
    expect(popcnt<i32>(seen)).toBe(2);
    closeSticky(policyWith(1, '{"target":0.8,"bound":2.5,"hops":8}'));
    const alone = policyWith(1, '{"target":0.8,"bound":2.5,"hops":8}');
    for (let i = 0; i < 50; i++) {
      expect(picked(alone, key(3))).toBe(0);
      begin(stateAt(alone, 0));
    }
  });

  test('finds every host, also where slots side by side belong to few of them', () => {
    prepare();
    const hosts = '["127.0.0.11:3000",1],["127.0.0.12:3000",1],["127.0.0.13:3000",1],["127.0.0.14:3000",1]';
    const text =
      '{"role":"select","tables":[{"size":65537,"localities":[{"hosts":[' +
      hosts +
      ']}]}],"policies":[{"cluster":"runs","table":0,"hash":[{"header":"x"}],"sticky":{"target":0.8,"bound":1,"hops":8}}]}';
    expect(decode(bytesOf(text))).toBe(true);
    const policy = policyAt(changetype<Selection>(decodedSelection()), 0);
    openSticky(policy);
    for (let free = 0; free < 4; free++) {
      for (let i = 0; i < 4; i++) {
        for (let n = 0; n < 20 && i != free; n++) begin(stateAt(policy, i));
      }
      for (let i: u64 = 0; i < 2000; i++) expect(picked(policy, key(i))).toBe(free);
      for (let i = 0; i < 4; i++) {
        for (let n = 0; n < 20 && i != free; n++) end(stateAt(policy, i));
      }
    }
  });

  test('sees by who answers that a host is away, passes it by, and lets it begin with half of its keys', () => {
    const policy = policyWith(4, '{"target":0.8,"bound":2.5,"hops":8}');
    for (let i = 0; i < 8; i++) {
      passage.move(begin(stateAt(policy, 1)), null);
      passage.move(begin(stateAt(policy, 2)), null);
    }
    passage.arrive(begin(stateAt(policy, 2)), clock);
    step(policy, []);
    expect(stateAt(policy, 1).away).toBe(1);
    expect(stateAt(policy, 0).away).toBe(0);
    expect(stateAt(policy, 2).away).toBe(0);
    // Its own keys are still asked for there (Envoy decides), those of others never go there.
    stateAt(policy, 0).shed = stateAt(policy, 0).hot = 0.9;
    for (let i: u64 = 0; i < 500; i++) {
      const host = picked(policy, key(i));
      const own = home(policy, key(i));
      if (own == 1) expect(host).toBe(1);
      else expect(host).not.toBe(1);
    }
    passage.arrive(begin(stateAt(policy, 1)), clock);
    step(policy, []);
    expect(stateAt(policy, 1).away).toBe(0);
    expect(stateAt(policy, 1).shed).toBe(0.5);
  });
});
