namespace Crater.Experiments;

/// <summary>A probe that may be asked more than once. Crater's own addition: other engines ignore both keys.</summary>
/// <param name="Attempts">How often it is played at most, the first time included; at least 1. <c>retry</c> plays again what failed.</param>
/// <param name="Every">Wait between two plays.</param>
public sealed record Retry(int Attempts, TimeSpan Every);

/// <summary><c>until</c>: the probe is played again until its value is within the tolerance; when the time is out, the activity has failed.</summary>
/// <param name="Timeout">From the first play. Default: 60 s.</param>
/// <param name="Every">Wait between two plays. Default: 1 s.</param>
public sealed record Until(Tolerance Tolerance, TimeSpan Timeout, TimeSpan Every);
