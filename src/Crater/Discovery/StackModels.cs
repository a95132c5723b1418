namespace Crater.Discovery;

/// <summary>stack.yaml's section <c>models</c>: whether a language model may be asked, which, and with what limits. Texts are empty where not given. It holds no key.</summary>
public sealed record StackModels
{
    /// <summary>False forbids every model, whatever the command line says.</summary>
    /// <value>Default: true.</value>
    public bool Allow { get; init; } = true;

    /// <summary>The only hosts (or <c>host:port</c>) that may be asked; empty for any.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Plain http to another machine is allowed.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>As <c>CRATER_MODEL</c>: none, auto, a provider with or without a model, or an address.</summary>
    public string Model { get; init; } = "";

    /// <summary>Base URL instead of the provider's own.</summary>
    public string Url { get; init; } = "";

    /// <summary>openai or anthropic.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The variable that holds the key.</summary>
    public string KeyVariable { get; init; } = "";

    /// <summary>The file that holds the key, readable by its owner only.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The header that carries the key, such as <c>api-key</c>.</summary>
    public string KeyHeader { get; init; } = "";

    /// <summary>The first rung to try: strict-schema, tool-call, json-object or prompt.</summary>
    public string Structure { get; init; } = "";

    /// <summary>How long one call may take.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Such as <c>tokens=20000,calls=5,money=0.10,time=2m</c>.</summary>
    public string Budget { get; init; } = "";

    /// <summary>US dollars for a million tokens read and written, such as <c>0.15/0.60</c>.</summary>
    public string Price { get; init; } = "";

    /// <summary>Names are replaced by aliases in everything that is sent.</summary>
    public bool Anonymise { get; init; }

    /// <summary>A folder with prompts that take the place of the built-in ones.</summary>
    public string PromptsFolder { get; init; } = "";
}
