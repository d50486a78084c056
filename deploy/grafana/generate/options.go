package main

// Options of panels. The keys are Grafana's.
type (
	legendOptions struct {
		DisplayMode string   `json:"displayMode"`
		Placement   string   `json:"placement"`
		ShowLegend  bool     `json:"showLegend"`
		Calcs       []string `json:"calcs"`
	}
	tooltipOptions struct {
		Mode string `json:"mode"`
		Sort string `json:"sort"`
	}
	graphOptions struct {
		Legend  legendOptions  `json:"legend"`
		Tooltip tooltipOptions `json:"tooltip"`
	}
	reduceOptions struct {
		Calcs  []string `json:"calcs"`
		Fields string   `json:"fields"`
		Values bool     `json:"values"`
	}
	statOptions struct {
		ColorMode              string        `json:"colorMode"`
		GraphMode              string        `json:"graphMode"`
		JustifyMode            string        `json:"justifyMode"`
		Orientation            string        `json:"orientation"`
		PercentChangeColorMode string        `json:"percentChangeColorMode"`
		ReduceOptions          reduceOptions `json:"reduceOptions"`
		ShowPercentChange      bool          `json:"showPercentChange"`
		TextMode               string        `json:"textMode"`
		WideLayout             bool          `json:"wideLayout"`
	}
	barOptions struct {
		DisplayMode   string        `json:"displayMode"`
		Legend        legendOptions `json:"legend"`
		MaxVizHeight  int           `json:"maxVizHeight"`
		MinVizHeight  int           `json:"minVizHeight"`
		MinVizWidth   int           `json:"minVizWidth"`
		NamePlacement string        `json:"namePlacement"`
		Orientation   string        `json:"orientation"`
		ReduceOptions reduceOptions `json:"reduceOptions"`
		ShowUnfilled  bool          `json:"showUnfilled"`
		Sizing        string        `json:"sizing"`
		ValueMode     string        `json:"valueMode"`
	}
	stripOptions struct {
		AlignValue  string         `json:"alignValue"`
		Legend      legendOptions  `json:"legend"`
		MergeValues bool           `json:"mergeValues"`
		RowHeight   float64        `json:"rowHeight"`
		ShowValue   string         `json:"showValue"`
		Tooltip     tooltipOptions `json:"tooltip"`
	}
	tableOptions struct {
		CellHeight string `json:"cellHeight"`
		FrameIndex int    `json:"frameIndex"`
		ShowHeader bool   `json:"showHeader"`
	}
	lineStyle struct {
		DrawStyle   string   `json:"drawStyle"`
		FillOpacity int      `json:"fillOpacity"`
		LineWidth   int      `json:"lineWidth"`
		ShowPoints  string   `json:"showPoints"`
		Stacking    stacking `json:"stacking"`
	}
	stacking struct {
		Mode  string `json:"mode"`
		Group string `json:"group"`
	}
)
