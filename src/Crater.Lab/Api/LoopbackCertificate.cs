using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Crater.Lab.Api;

/// <summary>
/// The certificate of the lab's API server, made at each start and kept in memory only. kubectl sends a token over TLS alone, so
/// even a server on loopback needs one; the kubeconfig carries it as the authority to trust.
/// </summary>
internal static class LoopbackCertificate
{
    /// <summary>A lab lives for a session; a year leaves room for one that is forgotten.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    public static X509Certificate2 Create(TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=crater-lab", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, critical: true));
        var now = clock.GetUtcNow();
        return request.CreateSelfSigned(now - TimeSpan.FromHours(1), now + Lifetime);
    }
}
