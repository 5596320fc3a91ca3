// EnvironmentContract
