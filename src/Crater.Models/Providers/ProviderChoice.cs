using Crater.Diagnostics;

namespace Crater.Models.Providers;

/// <summary>
/// Decides whether a model is asked at all, and which. Without a word from the command line, <c>CRATER_MODEL</c>, <c>CHAOSGEN_LLM_PROVIDER</c> or stack.yaml none is: a key that lies around
/// is no permission to send anything anywhere.
/// </summary>
public static class ProviderChoice
{
    public const string None = "none";
    public const string Auto = "auto";

    /// <exception cref="CraterException">CRT7300 to CRT7304, CRT7316, CRT7317: what was asked for cannot be had as it is.</exception>
    public static ModelChoice Choose(ModelQuestion question)
    {
        if (bool.TryParse(question.Variable("CHAOSGEN_MOCK_MODE"), out var isMock) && isMock)
        {
            return new ModelChoice(null, "CHAOSGEN_MOCK_MODE is true: rules, on what is really there");
        }

        var (asked, by) = Asked(question);
        if (asked.Equals(None, StringComparison.OrdinalIgnoreCase))
        {
            return new ModelChoice(null, by.Length > 0 ? $"{by} says none" : "no model was asked for");
        }

        if (question.Stack is { Allow: false })
        {
            return question.Asked is null
                ? new ModelChoice(null, "models.allow is false in stack.yaml")
                : throw new CraterException("CRT7301", $"'{asked}' was asked for, and stack.yaml forbids models (models.allow: false). Leave --model out: the rules need none.");
        }

        var provider = asked.Equals(Auto, StringComparison.OrdinalIgnoreCase) ? Found(question, by) : ProviderNames.Read(asked, by, question);
        if (provider is null)
        {
            return new ModelChoice(null, $"{Saying(by)}no key and no local server was found");
        }

        Guard(provider, question);
        return new ModelChoice(provider, provider.Reason) { Price = PriceOf(provider, question) };
    }

    /// <summary>The most direct word counts.</summary>
    private static (string Asked, string By) Asked(ModelQuestion question) =>
        question.Asked is { Length: > 0 } asked ? (asked.Trim(), "--model")
        : question.Variable("CRATER_MODEL") is { } configured ? (configured, "CRATER_MODEL")
        : question.Stack is { Model.Length: > 0 } stack ? (stack.Model, "models.model in stack.yaml")
        : question.Variable("CHAOSGEN_LLM_PROVIDER") is { } seed ? (Seed(seed), "CHAOSGEN_LLM_PROVIDER")
        : (question.Otherwise, "");

    private static string Saying(string by) => by.Length > 0 ? $"{by} says auto, and " : "";

    private static string Seed(string provider) => provider.Equals("mock", StringComparison.OrdinalIgnoreCase) ? None : provider;

    /// <summary>What stays on the machine first, then the keys in the order of this list; the same surroundings always give the same answer.</summary>
    private static Provider? Found(ModelQuestion question, string by)
    {
        string[] order = ["local", "openai", "gemini", "anthropic", "azure"];
        return order.Select(name => ProviderNames.Find(name, question)).OfType<Provider>().Select(found => found with { Reason = $"{Saying(by)}{found.Reason}" }).FirstOrDefault();
    }

    private static void Guard(Provider provider, ModelQuestion question)
    {
        var host = provider.Endpoint.IsDefaultPort ? provider.Endpoint.Host : $"{provider.Endpoint.Host}:{provider.Endpoint.Port}";
        if (question.Stack is { Hosts.Count: > 0 } stack && !stack.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase) && !stack.Hosts.Contains(provider.Endpoint.Host, StringComparer.OrdinalIgnoreCase))
        {
            throw new CraterException("CRT7301", $"{provider} was chosen ({provider.Reason}), and models.hosts in stack.yaml allows only {string.Join(", ", stack.Hosts)}.");
        }

        if (provider.Endpoint.Scheme != Uri.UriSchemeHttps && !provider.IsLocal && question.Stack is not { AllowHttp: true })
        {
            throw new CraterException("CRT7304", $"{provider.Endpoint.GetLeftPart(UriPartial.Path)} is plain http to another machine: everyone on the way could read the topology and the key. Use https, or set models.allow_http: true in stack.yaml.");
        }
    }

    private static Price? PriceOf(Provider provider, ModelQuestion question) =>
        question.Variable("CRATER_MODEL_PRICE") is { } price ? Price.Read(price)
        : question.Stack is { Price.Length: > 0 } stack ? Price.Read(stack.Price)
        : provider.IsLocal ? Price.Free : null;
}
