// The walk of walk.py in C, in JSON and in binary frames: cc -O2 -o walk walk.c
//
// The trainer writes its requests without spaces and with its keys in the order of docs/protocol.md,
// so a search for `"actions":[` is enough of a JSON reader. Binary requests are plain arrays.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ENVS = 4096, LIMIT = 100, HEADER = 16 };

static struct { float position; int steps; } envs[MAX_ENVS];

// What one request asks and one reply says; k rows each.
static uint32_t k;
static int32_t env_ids[MAX_ENVS], actions[MAX_ENVS];
static uint64_t seeds[MAX_ENVS];
static int has_seeds;
static double reward[MAX_ENVS];
static float obs[MAX_ENVS], final_obs[MAX_ENVS];
static uint8_t terminated[MAX_ENVS], truncated[MAX_ENVS];

static float reset(int32_t env, uint64_t seed) {
  // The finalizer of SplitMix64: neighbouring seeds give unrelated numbers.
  seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9u;
  seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EBu;
  envs[env].steps = 0;
  return envs[env].position = (float)((seed >> 40) / 16777216.0 * 0.2 - 0.1);
}

static int has_bad_action(void) {
  for (uint32_t row = 0; row < k; row++)
    if (actions[row] != 0 && actions[row] != 1) return 1;
  return 0;
}

static void step_rows(void) {
  for (uint32_t row = 0; row < k; row++) {
    int32_t env = env_ids[row];
    float position = envs[env].position + (actions[row] == 1 ? 0.1f : -0.1f);
    position = position > 1 ? 1 : position < -1 ? -1 : position;
    envs[env].position = obs[row] = final_obs[row] = position;
    reward[row] = -1;
    terminated[row] = position == 1;
    truncated[row] = ++envs[env].steps >= LIMIT && !terminated[row];
    // The next episode begins within the step, unless the trainer wants the environment to wait.
    if ((terminated[row] || truncated[row]) && has_seeds) obs[row] = reset(env, seeds[row]);
  }
}

static void fail(const char *reason) {
  fprintf(stderr, "%s\n", reason);
  exit(1);
}

// JSON

static uint32_t read_list(const char *line, const char *key, void (*take)(uint32_t, const char *)) {
  const char *place = strstr(line, key);
  if (!place) return 0;
  place += strlen(key);
  uint32_t count = 0;
  while (*place != ']') {
    if (count == MAX_ENVS) fail("too many environments");
    take(count++, place);
    place += strcspn(place, ",]");
    if (*place == ',') place++;
  }
  return count;
}

static void take_env(uint32_t row, const char *text) { env_ids[row] = atoi(text); }
static void take_action(uint32_t row, const char *text) { actions[row] = atoi(text); }
static void take_seed(uint32_t row, const char *text) { seeds[row] = strtoull(text, NULL, 10); }

static void print_list(const char *name, char (*element)(uint32_t, char *)) {
  char text[40];
  printf(",\"%s\":[", name);
  for (uint32_t row = 0; row < k; row++) {
    if (row) putchar(',');
    element(row, text);
    fputs(text, stdout);
  }
  putchar(']');
}

static char print_obs(uint32_t row, char *text) { return sprintf(text, "[%.9g]", obs[row]); }
static char print_reward(uint32_t row, char *text) { return sprintf(text, "%g", reward[row]); }
static char print_terminated(uint32_t row, char *text) { return sprintf(text, "%d", terminated[row]); }
static char print_truncated(uint32_t row, char *text) { return sprintf(text, "%d", truncated[row]); }
static char print_final(uint32_t row, char *text) {
  if (!terminated[row] && !truncated[row]) return sprintf(text, "null");
  return sprintf(text, "[%.9g]", final_obs[row]);
}

static void answer_line(char *line, unsigned long id) {
  k = read_list(line, "\"env_ids\":[", take_env);
  has_seeds = read_list(line, "\"seeds\":[", take_seed) > 0;
  if (strstr(line, "\"type\":\"reset\"")) {
    for (uint32_t row = 0; row < k; row++) obs[row] = reset(env_ids[row], seeds[row]);
    printf("{\"type\":\"reset\",\"id\":%lu", id);
    print_list("obs", print_obs);
  } else {
    read_list(line, "\"actions\":[", take_action);
    if (has_bad_action()) {
      printf("{\"type\":\"error\",\"id\":%lu,\"error\":{\"code\":\"bad-action\","
             "\"message\":\"it must be 0 or 1\"}}\n", id);
      return;
    }
    step_rows();
    printf("{\"type\":\"step\",\"id\":%lu", id);
    print_list("obs", print_obs);
    print_list("reward", print_reward);
    print_list("terminated", print_terminated);
    print_list("truncated", print_truncated);
    print_list("final_obs", print_final);
  }
  puts("}");
}

// Binary

static void must_read(void *target, size_t count) {
  if (fread(target, 1, count, stdin) != count) exit(0);  // the trainer is gone
}

// Answers one frame; a JSON text in a frame is left in `line`.
static int answer_frame(char *line, size_t size) {
  static struct { uint32_t length; uint8_t kind, flags; uint16_t zero; uint32_t id, count; } header;
  must_read(&header, HEADER);
  if (header.kind == 0) {
    if (header.length - 12 >= size) fail("a long text");
    must_read(line, header.length - 12);
    line[header.length - 12] = 0;
    return 0;
  }
  k = header.count;
  if (k > MAX_ENVS) fail("too many environments");
  has_seeds = header.flags & 1;
  if (has_seeds) must_read(seeds, 8 * k);
  must_read(env_ids, 4 * k);
  if (header.kind == 1) {
    for (uint32_t row = 0; row < k; row++) obs[row] = reset(env_ids[row], seeds[row]);
    header.length = 12 + 4 * k;
    header.flags = 0;
    fwrite(&header, HEADER, 1, stdout);
    fwrite(obs, 4, k, stdout);
    return 1;
  }
  must_read(actions, 4 * k);
  if (has_bad_action()) fail("an action must be 0 or 1");
  step_rows();
  uint32_t ended = 0;
  for (uint32_t row = 0; row < k; row++)
    if (terminated[row] || truncated[row]) final_obs[ended++] = final_obs[row];
  header.length = 12 + 8 * k + 4 * k + 4 * ended + 2 * k;
  header.flags = 0;
  fwrite(&header, HEADER, 1, stdout);
  fwrite(reward, 8, k, stdout);
  fwrite(obs, 4, k, stdout);
  fwrite(final_obs, 4, ended, stdout);
  fwrite(terminated, 1, k, stdout);
  fwrite(truncated, 1, k, stdout);
  return 1;
}

int main(void) {
  static char line[1 << 18];
  int binary = 0;
  setvbuf(stdin, NULL, _IOFBF, 1 << 16);
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  while (1) {
    if (binary ? answer_frame(line, sizeof line) : 0) {
      fflush(stdout);
      continue;
    }
    if (!binary && !fgets(line, sizeof line, stdin)) return 0;
    const char *id_text = strstr(line, "\"id\":");
    unsigned long id = id_text ? strtoul(id_text + 5, NULL, 10) : 0;
    if (strstr(line, "\"type\":\"hello\"")) {
      const char *count = strstr(line, "\"num_envs\":");
      if (!count || atoi(count + 11) > MAX_ENVS) fail("too many environments");
      binary = strstr(line, "\"bin1\"") != NULL;
      printf(
          "{\"type\":\"ready\",\"id\":%lu,\"protocol\":\"1.0\",\"encoding\":\"%s\",\"name\":\"walk\","
          "\"observation_space\":{\"type\":\"box\",\"shape\":[1],\"low\":-1,\"high\":1},"
          "\"action_space\":{\"type\":\"discrete\",\"n\":2},"
          "\"max_episode_steps\":%d,\"reward_threshold\":-12}\n",
          id, binary ? "bin1" : "json", LIMIT);
    } else if (strstr(line, "\"type\":\"close\"")) {
      return 0;
    } else {
      answer_line(line, id);
    }
    fflush(stdout);
  }
}
