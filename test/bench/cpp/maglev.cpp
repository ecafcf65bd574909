// The yardstick for the table build: the same algorithm (hash, fill; equal weights, hosts sorted before) in plain C++, -O2.
// Usage: maglev TABLE_SIZE HOSTS REPEATS; prints milliseconds per build, one line each, then a checksum of the table.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr uint64_t P1 = 0x9E3779B185EBCA87ull, P2 = 0xC2B2AE3D27D4EB4Full, P3 = 0x165667B19E3779F9ull,
                   P4 = 0x85EBCA77C2B2AE63ull, P5 = 0x27D4EB2F165667C5ull;

uint64_t rotl(uint64_t x, int n) { return (x << n) | (x >> (64 - n)); }

// XXH64 for inputs below 32 bytes: an address with its port is never longer, unless it is IPv6 (not used here).
uint64_t xxh64(const std::string &key, uint64_t seed) {
  const unsigned char *p = reinterpret_cast<const unsigned char *>(key.data());
  size_t left = key.size();
  uint64_t h = seed + P5 + left;
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    h = rotl(h ^ (rotl(word * P2, 31) * P1), 27) * P1 + P4;
  }
  if (left >= 4) {
    uint32_t word;
    std::memcpy(&word, p, 4);
    h = rotl(h ^ (word * P1), 23) * P2 + P3;
    left -= 4, p += 4;
  }
  for (; left > 0; left--, p++) h = rotl(h ^ (*p * P5), 11) * P1;
  h = (h ^ (h >> 33)) * P2;
  h = (h ^ (h >> 29)) * P3;
  return h ^ (h >> 32);
}

struct Entry {
  uint32_t position, skip;
};

template <class Slot> std::vector<Slot> build(const std::vector<std::string> &hosts, uint32_t size) {
  std::vector<Entry> entries;
  for (const auto &host : hosts)
    entries.push_back({uint32_t(xxh64(host, 0) % size), uint32_t(xxh64(host, 1) % (size - 1)) + 1});
  const Slot empty = Slot(~0u);
  std::vector<Slot> slots(size, empty);
  uint32_t filled = 0;
  while (filled < size) {
    for (size_t i = 0; i < entries.size() && filled < size; i++) {
      Entry &entry = entries[i];
      uint32_t at = entry.position;
      while (slots[at] != empty) {
        at += entry.skip;
        if (at >= size) at -= size;
      }
      slots[at] = Slot(i);
      filled++;
      at += entry.skip;
      entry.position = at >= size ? at - size : at;
    }
  }
  return slots;
}

template <class Slot> void run(const std::vector<std::string> &hosts, uint32_t size, int repeats) {
  uint64_t sum = 0;
  for (int i = 0; i < repeats; i++) {
    const auto begin = std::chrono::steady_clock::now();
    const auto slots = build<Slot>(hosts, size);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    std::printf("%.4f\n", took.count());
    sum = 0;
    for (Slot slot : slots) sum = sum * 31 + slot;
  }
  std::printf("checksum %llu\n", static_cast<unsigned long long>(sum & 0xffffffffull));
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const uint32_t size = std::atoi(argv[1]);
  const int count = std::atoi(argv[2]), repeats = std::atoi(argv[3]);
  std::vector<std::string> hosts;
  for (int i = 0; i < count; i++)
    hosts.push_back("10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) + "." +
                    std::to_string(i % 256) + ":8080");
  std::sort(hosts.begin(), hosts.end());
  // One byte a slot up to 255 hosts, two above, as in the module.
  if (count <= 255) run<uint8_t>(hosts, size, repeats);
  else run<uint16_t>(hosts, size, repeats);
}
