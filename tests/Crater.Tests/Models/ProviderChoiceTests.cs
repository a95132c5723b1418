using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Models;
using Crater.Models.Providers;
using Xunit;

namespace Crater.Tests.Models;

public sealed class ProviderChoiceTests
{
    private static ModelChoice Choose(string? asked = null, StackModels? stack = null, string folder = "/nowhere", params string[] environment) => ProviderChoice.Choose(new ModelQuestion
    {
        Asked = asked,
        Stack = stack,
        WorkingDirectory = folder,
        Environment = environment.Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]),
    });

    private static string CodeOf(string? asked = null, StackModels? stack = null, string folder = "/nowhere", params string[] environment) =>
        Assert.Throws<CraterException>(() => Choose(asked, stack, folder, environment)).Code;

    [Theory]
    [InlineData("OPENAI_API_KEY=k")]
    [InlineData("GOOGLE_API_KEY=k")]
    [InlineData("ANTHROPIC_API_KEY=k")]
    [InlineData("LOCAL_AI_URL=http://localhost:8080/v1")]
    [InlineData("MODEL_NAME=gpt-4o")]
    [InlineData("CHAOSGEN_LLM_MODEL=gpt-4o")]
    public void A_key_that_lies_around_asks_nobody(string variable) => Assert.Null(Choose(environment: variable).Provider);

    [Theory]
    [InlineData("none", "CRATER_MODEL=openai", "OPENAI_API_KEY=k")]
    [InlineData(null, "CRATER_MODEL=none", "OPENAI_API_KEY=k")]
    [InlineData("openai", "CHAOSGEN_MOCK_MODE=true", "OPENAI_API_KEY=k")]
    [InlineData(null, "CHAOSGEN_MOCK_MODE=True", "CRATER_MODEL=openai")]
    [InlineData(null, "CHAOSGEN_LLM_PROVIDER=mock", "OPENAI_API_KEY=k")]
    [InlineData("auto", "PATH=/bin", "HOME=/")]
    public void None_is_none(string? asked, string first, string second) => Assert.Null(Choose(asked, environment: [first, second]).Provider);

    [Theory]
    [InlineData("openai", "OPENAI_API_KEY=k", "openai gpt-4o-mini https://api.openai.com/v1/ OpenAi")]
    [InlineData("openai:gpt-5", "OPENAI_API_KEY=k", "openai gpt-5 https://api.openai.com/v1/ OpenAi")]
    [InlineData("gemini", "GEMINI_API_KEY=k", "gemini gemini-2.5-flash https://generativelanguage.googleapis.com/v1beta/openai/ OpenAi")]
    [InlineData("google:gemini-x", "GOOGLE_API_KEY=k", "gemini gemini-x https://generativelanguage.googleapis.com/v1beta/openai/ OpenAi")]
    [InlineData("anthropic:claude-x", "ANTHROPIC_API_KEY=k", "anthropic claude-x https://api.anthropic.com/v1/ Anthropic")]
    [InlineData("ollama:qwen3", "OLLAMA_HOST=127.0.0.1:11500", "ollama qwen3 http://127.0.0.1:11500/v1/ OpenAi")]
    [InlineData("local:phi", "LOCAL_AI_URL=http://localhost:9/v1", "local phi http://localhost:9/v1 OpenAi")]
    [InlineData("http://localhost:8000/v1#org/model", "HOME=/", "endpoint org/model http://localhost:8000/v1 OpenAi")]
    [InlineData("auto", "ANTHROPIC_API_KEY=k", "anthropic claude-sonnet-4-5 https://api.anthropic.com/v1/ Anthropic")]
    public void A_name_an_address_or_what_is_found_becomes_a_provider(string asked, string variable, string expected)
    {
        var provider = Choose(asked, environment: variable).Provider!;

        Assert.Equal(expected, $"{provider.Name} {provider.Model} {provider.Endpoint} {provider.Protocol}");
    }

    [Fact]
    public void The_variables_of_the_seeds_are_honoured()
    {
        var choice = Choose(environment: ["CHAOSGEN_LLM_PROVIDER=gemini", "CHAOSGEN_LLM_MODEL=gemini-1.5-flash", "GOOGLE_API_KEY=k", "OPENAI_API_KEY=other"]);

        Assert.Equal(("gemini", "gemini-1.5-flash", "CHAOSGEN_LLM_PROVIDER says gemini"), (choice.Provider!.Name, choice.Provider.Model, choice.Reason));
        Assert.Equal("my-model", Choose("local", environment: ["LOCAL_AI_URL=http://localhost:1/v1", "MODEL_NAME=my-model"]).Provider!.Model);
    }

    [Theory]
    [InlineData("https://one.openai.azure.com", "https://one.openai.azure.com/openai/v1/")]
    [InlineData("https://one.openai.azure.com/openai/deployments/d?api-version=2024-10-21", "https://one.openai.azure.com/openai/deployments/d?api-version=2024-10-21")]
    public void Azure_has_a_header_of_its_own_and_two_forms_of_address(string endpoint, string expected)
    {
        var provider = Choose("azure:mine", environment: ["AZURE_OPENAI_API_KEY=k", $"AZURE_OPENAI_ENDPOINT={endpoint}"]).Provider!;

        Assert.Equal(("mine", "api-key", expected), (provider.Model, provider.KeyHeader, provider.Endpoint.AbsoluteUri));
    }

    [Theory]
    [InlineData("opnai", "CRT7300")]
    [InlineData("ftp://host/v1#m", "CRT7300")]
    [InlineData("https://user:pass@host/v1#m", "CRT7300")]
    [InlineData("https://host/v1", "CRT7300")]
    [InlineData("openai", "CRT7302")]
    [InlineData("azure", "CRT7302")]
    [InlineData("http://models.example.com/v1#m", "CRT7304")]
    public void What_cannot_be_had_as_asked_is_an_error(string asked, string code) => Assert.Equal(code, CodeOf(asked));

    [Fact]
    public void A_policy_forbids_whatever_the_command_line_says()
    {
        var forbidden = new StackModels { Allow = false, Model = "openai" };

        Assert.Equal("CRT7301", CodeOf("openai", forbidden, environment: "OPENAI_API_KEY=k"));
        Assert.Null(Choose(stack: forbidden, environment: "OPENAI_API_KEY=k").Provider);
        Assert.Equal("CRT7301", CodeOf("openai", new StackModels { Hosts = ["models.internal"] }, environment: "OPENAI_API_KEY=k"));
        Assert.NotNull(Choose("openai", new StackModels { Hosts = ["API.openai.com"] }, environment: "OPENAI_API_KEY=k").Provider);
    }

    [Fact]
    public void A_key_goes_to_its_own_provider_and_to_no_other_address()
    {
        Assert.True(Choose("http://localhost:1/v1#m", environment: "OPENAI_API_KEY=k").Provider!.Key.IsEmpty);
        Assert.Equal("CRT7302", CodeOf("openai", new StackModels { Url = "https://elsewhere.example.com/v1" }, environment: "OPENAI_API_KEY=k"));
        Assert.False(Choose("http://localhost:1/v1#m", environment: "CRATER_MODEL_KEY=k").Provider!.Key.IsEmpty);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void A_key_file_is_read_only_when_its_owner_alone_can_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode that says who may read them");
        var folder = Directory.CreateTempSubdirectory("crater-key-");
        try
        {
            var file = Path.Combine(folder.FullName, "openai_key.txt");
            File.WriteAllText(file, "a-key-in-a-file\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Assert.Equal("CRT7303", CodeOf("openai", folder: folder.FullName));

            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Assert.Equal("a-key-in-a-file", Choose("openai", folder: folder.FullName).Provider!.Key.Reveal());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void What_it_costs_is_configured_and_nothing_on_this_machine()
    {
        Assert.Null(Choose("openai", environment: "OPENAI_API_KEY=k").Price);
        Assert.Equal(new Price(0.15m, 0.60m), Choose("openai", environment: ["OPENAI_API_KEY=k", "CRATER_MODEL_PRICE=0.15/0.60"]).Price);
        Assert.Equal(Price.Free, Choose("ollama").Price);
    }
}
