using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>Whether the server is the one that the kubeconfig means; when not, why not, each reason with a code of its own.</summary>
/// <param name="authorities">Whom to believe; null for the system's own.</param>
/// <param name="name">The name to expect in the server's certificate.</param>
internal sealed class ServerTrust(X509Certificate2Collection? authorities, string name, TimeProvider clock)
{
    private const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain
        | X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.Cyclic;

    public X509ChainPolicy? Policy()
    {
        if (authorities is null)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <exception cref="CraterException">CRT5109: expired or not yet valid. CRT5110: of an unknown authority. CRT5111: of another name. CRT5103: none, or otherwise wrong.</exception>
    public bool Check(X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None || (errors == SslPolicyErrors.RemoteCertificateChainErrors && EndsInOneOfOurs(chain)))
        {
            return true;
        }

        if (shown is null)
        {
            throw new CraterException("CRT5103", "showed no certificate. Check that the address is the API server's");
        }

        using var certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        throw errors switch
        {
            _ when (status & Untrusted) != 0 => new CraterException("CRT5110",
                $"shows a certificate of an authority that the kubeconfig does not know: '{certificate.Issuer}' issued '{certificate.Subject}'. "
                + "Another cluster may answer at this address, or the cluster got a new authority: write certificate-authority in the kubeconfig anew from a source that you trust"),
            _ when (status & X509ChainStatusFlags.NotTimeValid) != 0 => new CraterException("CRT5109",
                $"shows a certificate that is valid from {Utc(certificate.NotBefore)} to {Utc(certificate.NotAfter)}, and this machine's clock says {clock.GetUtcNow():u}. "
                + "Renew the server's certificate ('kubeadm certs renew' where that made it), or set the clock"),
            _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => new CraterException("CRT5111",
                $"shows a certificate for {Names(certificate)}, and not for '{name}'. Use one of these names as the server's address, or set tls-server-name in the kubeconfig"),
            _ => new CraterException("CRT5103", $"could not be trusted: {status}. Check certificate-authority in the kubeconfig"),
        };
    }

    /// <summary>An authority of the kubeconfig is believed as it is, also when another one stands above it.</summary>
    private bool EndsInOneOfOurs(X509Chain? chain) =>
        authorities is not null && chain is { ChainStatus: { Length: > 0 } statuses } && statuses.All(one => one.Status == X509ChainStatusFlags.PartialChain)
        && chain.ChainElements.Any(element => authorities.Any(ours => ours.RawDataMemory.Span.SequenceEqual(element.Certificate.RawDataMemory.Span)));

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(one => one.EnumerateDnsNames().Concat(one.EnumerateIPAddresses().Select(address => address.ToString()))).Take(10).ToList();
        return names.Count > 0 ? string.Join(", ", names) : $"'{certificate.Subject}' without any name or address";
    }

    private static string Utc(DateTime local) => $"{local.ToUniversalTime():u}";
}
