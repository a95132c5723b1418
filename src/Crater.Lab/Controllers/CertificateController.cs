using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Signs the certificates that clients have asked for and somebody has approved, by an authority that lives as long as the lab.</summary>
internal sealed class CertificateController(Workbench work) : IController
{
    private const string Resource = "certificatesigningrequests.certificates.k8s.io";
    private const string Signer = "kubernetes.io/kube-apiserver-client";
    private const int SerialBytes = 16;

    /// <summary>As the real signer's: shorter where the request asks for it.</summary>
    private static readonly TimeSpan LifeMax = TimeSpan.FromDays(365);

    /// <summary>A clock that is a little behind must not find the certificate unborn.</summary>
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(5);

    private readonly byte[] _authority = MakeKey();

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource == Resource && change.Change != StoreChange.Deleted ? [ObjectKey.Of(change)] : [];

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is { } asked && asked.Text("spec", "signerName") == Signer && asked.Text("status", "certificate").Length == 0
            && asked.Condition("Approved") is not null && asked.Condition("Denied") is null && asked.Condition("Failed") is null)
        {
            var signed = Convert.ToBase64String(Encoding.ASCII.GetBytes(Sign(asked)));
            work.SetStatus(key, asked, status => status["certificate"] = signed);
        }

        return null;
    }

    private static byte[] MakeKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKey();
    }

    private string Sign(JsonObject asked)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(_authority, out _);
        var pem = Encoding.ASCII.GetString(Convert.FromBase64String(asked.Text("spec", "request")));
        var request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
        var life = asked.Number("spec", "expirationSeconds") is { } seconds && TimeSpan.FromSeconds(seconds) is var wanted && wanted < LifeMax ? wanted : LifeMax;
        using var signed = request.Create(new X500DistinguishedName("CN=crater-lab"), X509SignatureGenerator.CreateForECDsa(key),
            work.Now - Backdate, work.Now + life - Backdate, RandomNumberGenerator.GetBytes(SerialBytes));
        return signed.ExportCertificatePem() + "\n";
    }
}
