using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Doctor;

/// <summary>Custom resources that Crater speaks: whether they are there, and in a version that it knows.</summary>
internal static class Definitions
{
    private static readonly (string Group, string Version, string Plural, string Without, string Install)[] Spoken =
    [
        ("crater.dev", "v1alpha1", "experiments", "runs are started by craterctl alone", "The operator is optional: it finishes what a dead craterctl began."),
        ("litmuschaos.io", "v1alpha1", "chaosengines", "--driver litmus cannot be used", "Install LitmusChaos if you want its faults."),
        ("chaos-mesh.org", "v1alpha1", "podchaos", "--driver chaos-mesh cannot be used", "Install Chaos Mesh if you want its faults."),
    ];

    public static IEnumerable<Check> Examine(IReadOnlyList<ServedResource> served) => Spoken.Select(one =>
    {
        var versions = served.Where(kind => kind.Resource.Group == one.Group && kind.Resource.Plural == one.Plural).Select(kind => kind.Resource.Version).Distinct().ToList();
        return versions.Contains(one.Version) ? new Check(one.Group, CheckState.Fine, $"{one.Plural} in {string.Join(", ", versions)}")
            : versions.Count > 0 ? new Check(one.Group, CheckState.Missing, $"{one.Plural} in {string.Join(", ", versions)}, and not in {one.Version}, which Crater speaks",
                $"Install a release that serves {one.Group}/{one.Version}.", "CRT5222")
            : new Check(one.Group, CheckState.Limited, $"not installed, so {one.Without}", one.Install, "CRT5222");
    });
}
