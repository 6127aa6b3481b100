// A Leaflet layer that is one canvas, drawn by us. It is a margin larger than the map, so that
// dragging shows no empty edge, and it stays exact at any zoom.

const MARGIN = 0.2;
const TILE = 256;

// Longitude and latitude to the unit square of Web Mercator.
export const mercatorX = (lon) => lon / 360 + 0.5;
export function mercatorY(lat) {
  const clipped = Math.max(-85.0511, Math.min(85.0511, lat));
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (clipped * Math.PI) / 360)) / (2 * Math.PI);
}

export const lonOf = (x) => (x - 0.5) * 360;
export const latOf = (y) => (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;
export const latLng = (x, y) => L.latLng(latOf(y), lonOf(x));

export const FONT = "system-ui, sans-serif";

// Words that stand out from whatever is under them.
export function haloed(context, words, x, y, fill, behind) {
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = behind;
  context.strokeText(words, x, y);
  context.fillStyle = fill;
  context.fillText(words, x, y);
}

export const CanvasLayer = L.Layer.extend({
  // `draw(context, view)` is called with the canvas cleared.
  initialize(draw, zIndex) {
    this._draw = draw;
    this._zIndex = zIndex;
  },

  onAdd(map) {
    this._map = map;
    this._canvas = L.DomUtil.create("canvas", "layer leaflet-zoom-hide", map.getPane("overlayPane"));
    this._canvas.style.zIndex = this._zIndex;
    map.on("moveend zoomend resize viewreset", this._place, this);
    map.on("move", this._follow, this);
    this._place();
  },

  onRemove(map) {
    map.off("moveend zoomend resize viewreset", this._place, this);
    map.off("move", this._follow, this);
    this._canvas.remove();
  },

  redraw() {
    if (this._map && !this._frame) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._paint();
      });
    }
  },

  // A point of the map container, in pixels of the canvas.
  within(point) {
    const { margin } = this.view;
    const shift = this._map.containerPointToLayerPoint([0, 0]).subtract(this._corner);
    return [point.x + margin.x + shift.x, point.y + margin.y + shift.y];
  },

  // While dragging: place anew once the margin is used up.
  _follow() {
    const corner = this._map.containerPointToLayerPoint([0, 0]);
    const moved = corner.subtract(this._corner);
    const size = this._map.getSize();
    if (Math.abs(moved.x) > size.x * MARGIN || Math.abs(moved.y) > size.y * MARGIN) this._place();
  },

  _place() {
    const map = this._map;
    const size = map.getSize();
    const margin = size.multiplyBy(MARGIN).round();
    const ratio = window.devicePixelRatio || 1;
    this._corner = map.containerPointToLayerPoint([0, 0]);
    const topLeft = this._corner.subtract(margin).round();
    L.DomUtil.setPosition(this._canvas, topLeft);
    const width = size.x + 2 * margin.x;
    const height = size.y + 2 * margin.y;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this._canvas.width !== across || this._canvas.height !== down) {
      this._canvas.width = across;
      this._canvas.height = down;
      this._canvas.style.width = `${width}px`;
      this._canvas.style.height = `${height}px`;
    }
    const scale = TILE * 2 ** map.getZoom();
    const origin = map.getPixelOrigin().add(topLeft);
    const centre = mercatorX(map.getCenter().lng);
    this.view = {
      scale, width, height, ratio, margin, zoom: map.getZoom(),
      left: origin.x, top: origin.y,
      // The copy of the world in which x lies nearest the middle of the map.
      x: (x) => (x + Math.round(centre - x)) * scale - origin.x,
      y: (y) => y * scale - origin.y,
      worlds: [Math.floor(origin.x / scale), Math.floor((origin.x + width) / scale)],
    };
    this._paint();
  },

  _paint() {
    const context = this._canvas.getContext("2d");
    context.setTransform(this.view.ratio, 0, 0, this.view.ratio, 0, 0);
    context.clearRect(0, 0, this.view.width, this.view.height);
    this._draw(context, this.view);
  },
});

// A canvas on which several draw, one over the other: `painters` are called as (context, view).
export function shared(zIndex, ...painters) {
  return new CanvasLayer((context, view) => {
    for (const paint of painters) {
      context.save();
      paint(context, view);
      context.restore();
    }
  }, zIndex);
}
