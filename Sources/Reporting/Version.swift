/// Which Ohmweave this is.
public enum Version {
  /// The version, as `ohmweave --version` prints it and `run.yaml` keeps it.
  public static let current = "0.1.0"
}
