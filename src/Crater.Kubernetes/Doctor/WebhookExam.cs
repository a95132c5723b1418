using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;

namespace Crater.Kubernetes.Doctor;

/// <summary>Whether the API server can ask the operator's webhook, and for how long: a certificate that ends is noticed by nobody, since the API server then goes on without asking.</summary>
internal sealed class WebhookExam(KubernetesClient client, TimeProvider clock)
{
    /// <summary>With less left than this it is said.</summary>
    public static readonly TimeSpan WarnBefore = TimeSpan.FromDays(30);

    private const string Name = "webhook";
    private const string Code = "CRT5229";
    private const string Renew = "Renew it: 'craterctl install --webhook' with the options of the installation, or cert-manager, whoever made it.";

    private static readonly Resource Configurations = new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false);

    /// <returns>Nothing where there is no webhook of ours, or this user may not see it.</returns>
    public async Task<IReadOnlyList<Check>> ExamineAsync(CancellationToken abort)
    {
        if (await SeenAsync(Configurations, null, "crater-experiments", abort) is not { } configuration
            || configuration.Objects("webhooks").FirstOrDefault() is not { } webhook)
        {
            return [];
        }

        var trusted = Certificates(Text(webhook.At("clientConfig"), "caBundle"));
        var secret = await SeenAsync(Resource.Secrets, webhook.Text("clientConfig", "service", "namespace"), SelfMadeCertificate.Secret, abort);
        var served = Certificates(Text(secret.At("data"), "tls.crt"));
        if (trusted.Count == 0)
        {
            return [new Check(Name, CheckState.Limited, "the API server trusts no certificate of it, so it is not asked", "Look at the caBundle of validatingwebhookconfiguration crater-experiments. " + Renew, Code)];
        }

        var ends = ((DateTimeOffset[])[trusted.Max(End), .. served.Take(1).Select(End)]).Min();
        var day = ends.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var left = ends - clock.GetUtcNow();
        return
        [
            left <= TimeSpan.Zero ? new Check(Name, CheckState.Limited, $"its certificate ended on {day}, so it is not asked", Renew, Code)
                : left < WarnBefore ? new Check(Name, CheckState.Limited, $"its certificate ends on {day}, and it is not asked any more then", Renew, Code)
                : new Check(Name, CheckState.Fine, $"its certificate is good until {day}"),
        ];

        static DateTimeOffset End(X509Certificate2 one) => one.NotAfter;
    }

    private async Task<JsonObject?> SeenAsync(Resource resource, string? space, string name, CancellationToken abort)
    {
        try
        {
            return await client.FindAsync(resource, space, name, abort);
        }
        catch (KubernetesException e) when (e.IsForbidden || e.IsNotServed)
        {
            return null;
        }
    }

    private static X509Certificate2Collection Certificates(string pem)
    {
        var read = new X509Certificate2Collection();
        try
        {
            read.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            // Nothing that could be trusted or served.
        }

        return read;
    }

    private static string Text(JsonNode? map, string key)
    {
        try
        {
            return Encoding.ASCII.GetString(Convert.FromBase64String(map.Text(key)));
        }
        catch (FormatException)
        {
            return "";
        }
    }
}
