using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Install;

/// <summary>
/// The webhook's certificate where nobody else makes one. An authority is made for it alone, whose key is thrown away as soon as it has signed; certificate, key and authority stand in one Secret. The next
/// 'craterctl install --webhook' makes another when a third of its time is left; the authority before stays trusted, since pods see a changed Secret only after a while.
/// </summary>
internal sealed class SelfMadeCertificate(KubernetesClient client, InstallOptions options, TimeProvider clock)
{
    public const string Secret = "crater-webhook";

    /// <summary>How long a certificate is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    /// <summary>With less left than this, the next installation makes another.</summary>
    public static readonly TimeSpan RenewBefore = Lifetime / 3;

    private const string Authority = "ca.crt";
    private const string Certificate = "tls.crt";

    /// <summary>Clocks of API servers differ a little.</summary>
    private static readonly TimeSpan Backdated = TimeSpan.FromHours(1);

    /// <summary>What is to be applied, and whom the webhook's configuration has to trust. Changes nothing.</summary>
    /// <returns>No Secret where the one that is there is good; no authority where it is somebody else's, who then also cares for the configuration.</returns>
    public async Task<(JsonObject? Secret, string Authorities)> PrepareAsync(CancellationToken abort)
    {
        var found = await client.FindAsync(Resource.Secrets, options.Home, Secret, abort);
        if (found is not null && !Installer.IsOurs(found))
        {
            return (null, "");
        }

        return IsFresh(found) ? (null, Text(found, Authority)) : Make(Text(found, Authority));
    }

    private bool IsFresh(JsonObject? found)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(Text(found, Certificate));
            return certificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime > RenewBefore && Text(found, Authority).Length > 0;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private (JsonObject Secret, string Authorities) Make(string before)
    {
        var (from, until) = (clock.GetUtcNow() - Backdated, clock.GetUtcNow() + Lifetime);
        using var signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest($"CN=crater-webhook-{options.Home}", signing, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        root.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        using var authority = root.CreateSelfSigned(from, until);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = $"{InstallWait.Operator}.{options.Home}.svc";
        var request = new CertificateRequest("CN=crater-webhook", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], critical: false));
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(16));
        var authorities = $"{authority.ExportCertificatePem()}\n{First(before)}";
        return (Made(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), authorities), authorities);
    }

    /// <summary>The authority before this one, as long as it is good.</summary>
    private string First(string authorities)
    {
        try
        {
            using var before = X509Certificate2.CreateFromPem(authorities);
            return before.NotAfter.ToUniversalTime() > clock.GetUtcNow().UtcDateTime ? before.ExportCertificatePem() + "\n" : "";
        }
        catch (CryptographicException)
        {
            return "";
        }
    }

    private JsonObject Made(string certificate, string key, string authorities) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = new JsonObject { ["name"] = Secret, ["namespace"] = options.Home, ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = Chart.ManagedBy } },
        ["type"] = "kubernetes.io/tls",
        ["data"] = new JsonObject { [Certificate] = Encoded(certificate), ["tls.key"] = Encoded(key), [Authority] = Encoded(authorities) },
    };

    /// <summary>A text as Secrets and webhooks carry it.</summary>
    public static string Encoded(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private static string Text(JsonObject? secret, string key)
    {
        try
        {
            return Encoding.ASCII.GetString(Convert.FromBase64String(secret.Text("data", key)));
        }
        catch (FormatException)
        {
            return "";
        }
    }
}
