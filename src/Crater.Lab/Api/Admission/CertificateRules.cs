using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What requests for certificates must and must not say.</summary>
internal static class CertificateRules
{
    private const int SecondsMin = 600;

    private static readonly string[] Usages =
    [
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only",
        "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
    ];

    private static readonly string[] Decisions = ["Approved", "Denied", "Failed"];

    public static void Check(JsonObject asked, JsonObject? previous, FieldErrors errors)
    {
        var spec = asked.Map("spec");
        if (!IsRequest(spec.Text("request"), out var problem))
        {
            errors.Invalid("spec.request", Bytes(spec.Text("request")), problem);
        }

        var usages = spec.Texts("usages").ToList();
        if (usages.Count == 0)
        {
            errors.Required("spec.usages");
        }

        HashSet<string> seen = [];
        foreach (var (index, usage) in usages.Index())
        {
            PodRules.OneOf($"spec.usages[{index}]", usage, Usages, errors);
            if (!seen.Add(usage))
            {
                errors.Duplicate($"spec.usages[{index}]", usage);
            }
        }

        CheckSigner("spec.signerName", spec.Text("signerName"), errors);
        if (spec.Number("expirationSeconds") is < SecondsMin)
        {
            errors.Invalid("spec.expirationSeconds", spec!["expirationSeconds"], "may not specify a duration less than 600 seconds (10 minutes)");
        }

        var types = asked.Each("status", "conditions").Select(condition => condition.Text("type")).ToList();
        if (types.Contains("Approved") && types.Contains("Denied"))
        {
            errors.Invalid("status.conditions", types.Last(type => type is "Approved" or "Denied"), "Approved and Denied conditions are mutually exclusive");
        }

        foreach (var decision in Decisions)
        {
            if (previous.Each("status", "conditions").Any(condition => condition.Text("type") == decision) && !types.Contains(decision))
            {
                errors.Forbidden("status.conditions", $"updates may not remove a condition of type \"{decision}\"");
            }
        }
    }

    private static void CheckSigner(string field, string name, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(field);
            return;
        }

        if (name.Split('/') is not [var domain, _])
        {
            errors.Invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
        }
        else if (!domain.Contains('.', StringComparison.Ordinal))
        {
            errors.Invalid(field, domain, "should be a domain with at least two segments separated by dots");
        }
    }

    private static bool IsRequest(string encoded, out string problem)
    {
        problem = "PEM block type must be CERTIFICATE REQUEST";
        try
        {
            var text = Encoding.ASCII.GetString(Convert.FromBase64String(encoded));
            if (!PemEncoding.TryFind(text, out var found) || text[found.Label] is not "CERTIFICATE REQUEST")
            {
                return false;
            }

            _ = CertificateRequest.LoadSigningRequest(
                Convert.FromBase64String(text[found.Base64Data]), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
            return true;
        }
        catch (Exception wrong) when (wrong is FormatException or CryptographicException)
        {
            problem = "asn1: structure error";
            return false;
        }
    }

    /// <summary>As the real server shows bytes: a list of numbers.</summary>
    private static JsonArray Bytes(string encoded) => Convert.TryFromBase64String(encoded, new byte[encoded.Length], out _)
        ? new JsonArray([.. Convert.FromBase64String(encoded).Select(one => (JsonNode)(int)one)]) : [];
}
