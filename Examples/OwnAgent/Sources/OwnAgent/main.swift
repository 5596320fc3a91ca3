import RelaxRL

// All that `rl-train` does, with one more agent: `OwnAgent --agent mini-relax --env cartpole`.
let miniRelax = AgentEntry(
  "mini-relax", "a small actor-critic with RELAX", settings: Settings.self, steps: 400_000,
  needs: { if case .discrete = $0.actionSpace { nil } else { "one discrete action" } },
  make: { try MiniRelax($0, $1) },
  policy: { try $1.categoricalPolicy("policy", hiddenSizes: $0.hiddenSizes) })

RelaxRL.main(agents: [miniRelax])
