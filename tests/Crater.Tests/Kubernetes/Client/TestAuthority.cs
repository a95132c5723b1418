using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Crater.Tests.Kubernetes.Client;

/// <summary>A certificate authority that lives as long as a test, and the certificates that it issues.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _certificate;

    public TestAuthority(string name = "test-ca")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        _certificate = request.CreateSelfSigned(Now.AddYears(-2), Now.AddYears(2));
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public string Pem => _certificate.ExportCertificatePem();

    public string PemData => Convert.ToBase64String(Encoding.UTF8.GetBytes(Pem));

    /// <summary>A server's certificate for 127.0.0.1, or for a name.</summary>
    public X509Certificate2 Server(string name = "", TimeSpan? endsIn = null)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (name.Length > 0)
        {
            names.AddDnsName(name);
        }
        else
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        return Issue("CN=server", names, endsIn ?? TimeSpan.FromDays(1));
    }

    public X509Certificate2 Client(string name, TimeSpan? endsIn = null) => Issue($"CN={name}", null, endsIn ?? TimeSpan.FromDays(1));

    /// <summary>As a kubeconfig's user holds it.</summary>
    public static string UserData(X509Certificate2 certificate)
    {
        var (pem, key) = Pair(certificate);
        return $"client-certificate-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(pem))}, client-key-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(key))}";
    }

    public static (string Certificate, string Key) Pair(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => _certificate.Dispose();

    private X509Certificate2 Issue(string subject, SubjectAlternativeNameBuilder? names, TimeSpan endsIn)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        if (names is not null)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        using var issued = request.Create(_certificate, Now.AddYears(-1), Now + endsIn, RandomNumberGenerator.GetBytes(8));
        using var whole = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
    }
}
