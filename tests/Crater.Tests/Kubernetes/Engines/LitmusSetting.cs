using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Litmus;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>What an installation of Litmus leaves in a cluster, for the namespaces shop and litmus.</summary>
internal static class LitmusSetting
{
    public static async Task InstallAsync(LabApi lab, CancellationToken stop)
    {
        await EngineDefinitions.InstallAsync(lab.Client, EngineDefinitions.Litmus(), stop);
        await lab.Client.CreateAsync(Resource.Namespaces, null, LabApi.Parse("""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"litmus"}}"""), stop);
        foreach (var space in (string[])["shop", "litmus"])
        {
            var account = new Resource("", "v1", "serviceaccounts", "ServiceAccount", true);
            await lab.Client.CreateAsync(account, space, LabApi.Parse($$$$$"""{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"litmus-admin","namespace":"{{{{{space}}}}}"}}"""), stop);
            foreach (var fault in LitmusFaults.All)
            {
                await lab.Client.CreateAsync(new Resource("litmuschaos.io", "v1alpha1", "chaosexperiments", "ChaosExperiment", true), space, LabApi.Parse(
                    $$$$$"""{"apiVersion":"litmuschaos.io/v1alpha1","kind":"ChaosExperiment","metadata":{"name":"{{{{{fault.Experiment}}}}}","namespace":"{{{{{space}}}}}"},"spec":{"definition":{"scope":"Namespaced","image":"litmuschaos/go-runner"}}}"""), stop);
            }
        }
    }
}
